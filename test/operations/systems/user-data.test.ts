import { expect, test } from 'vitest'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { kvm, preset } from '../../../src/core/systems/presets.ts'
import { tell } from '../../../src/core/systems/told.ts'
import {
  byIp,
  clone,
  create,
  destroy,
  snapshot,
  stop,
  syncSystems,
  systems,
  toHosts,
} from '../../../src/operations/systems/index.ts'
import { scene } from './scene.ts'

const secret = 'hunter2'
const secretive = preset('secretive', { userData: `#cloud-config\npassword: ${secret}\n` })

test('user data stays in the store: steps, histories and descriptions of a system are without it', async () => {
  const s = scene()
  const steps = [
    create(kvm('n1'), 'redis', secretive),
    pipe(systems(), toHosts(byIp())),
    pipe(systems(), stop()),
    pipe(systems(), snapshot('one')),
    pipe(systems(), clone('copy')),
    syncSystems(),
  ]
  for (const step of steps) {
    const out = (await s.run<unknown>(step)) as { successful: unknown[]; failure: unknown[] }
    expect(out.failure).toEqual([])
    expect(out.successful.length).toBeGreaterThan(0)
    expect(JSON.stringify(out)).not.toContain(secret)
  }
  const known = await s.store.list()
  expect(known.map(({ userData }) => userData)).toEqual([
    expect.stringContaining(secret),
    expect.stringContaining(secret),
  ])
  expect(known.map(tell).join()).not.toContain(secret)
  await s.run(pipe(systems(), destroy({ force: true })))
  expect(await s.store.list()).toEqual([])
  for (const { id } of known) {
    const history = await s.store.history(id)
    expect(history.length).toBeGreaterThan(1)
    expect(JSON.stringify(history)).not.toContain(secret)
  }
  expect(JSON.stringify(s.progress)).not.toContain(secret)
})
