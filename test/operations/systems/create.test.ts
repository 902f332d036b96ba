import { describe, expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { named } from '../../../src/core/named.ts'
import { kvm, medium } from '../../../src/core/systems/presets.ts'
import { exec } from '../../../src/operations/remote/index.ts'
import { create } from '../../../src/operations/systems/index.ts'
import { tale } from '../../run/harness.ts'
import { scene } from './scene.ts'

const three = create(kvm('n1'), medium, 'redis', 3)

describe('create', () => {
  test('makes systems, starts them, waits for SSH, and hands them on as hosts', async () => {
    const s = scene()
    const out = await s.run(pipe(three, exec('uptime')))
    expect(out.failure).toEqual([])
    expect(out.on.hosts.map(({ name, address, user }) => ({ name, address, user }))).toEqual([
      { name: 'redis-1', address: '10.0.0.1', user: 'root' },
      { name: 'redis-2', address: '10.0.0.2', user: 'root' },
      { name: 'redis-3', address: '10.0.0.3', user: 'root' },
    ])
    expect(tale(out).map(line => line.split(' ')[1])).toEqual(['ok', 'ok', 'ok'])
    expect(await s.standing()).toEqual(['redis-1 running', 'redis-2 running', 'redis-3 running'])
  })

  test('calls one alone by its name', async () => {
    const s = scene()
    const out = await s.run(create(kvm('n1'), named('gate')))
    expect(out.successful).toMatchObject([{ host: 'gate', value: { hostname: 'gate', state: 'running' } }])
    expect(out.successful[0]?.value).not.toHaveProperty('stage')
  })
})
