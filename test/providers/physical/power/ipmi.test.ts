import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPower } from '../../../../src/providers/physical/power/index.ts'
import { type IpmiLab, openIpmiLab } from '../../../lab/ipmi/index.ts'
import { needs } from '../../../support/needs.ts'
import { troubleOf } from '../trouble-of.ts'

const bounds = { signal: new AbortController().signal, timeout: 20_000 }

describe('a power switch that speaks IPMI', { ...needs('ipmitool', 'ipmi_sim'), timeout: 30_000 }, () => {
  let lab: IpmiLab
  beforeAll(async () => {
    lab = await openIpmiLab()
  })
  afterAll(() => lab?.stop())
  const open = ({ port = lab.port, password = lab.password } = {}) =>
    openPower(
      'nas',
      { kind: 'ipmi', address: '127.0.0.1', port, user: lab.user, password: { file: 'bmc' } },
      async () => `${password}\n`,
    )

  test('says how the power is, and switches it', async () => {
    expect(await open().state(bounds)).toBe('off')
    await open().on(bounds)
    expect([await open().state(bounds), await lab.power()]).toEqual(['on', 'on'])
    await open().reset(bounds)
    await open().soft(bounds)
    expect(await lab.power()).toBe('off')
    await lab.switch('on')
    await open().off(bounds)
    expect(await lab.power()).toBe('off')
    expect((await lab.done()).filter(one => one.startsWith('set'))).toEqual([
      'set power 1',
      'set reset 1',
      'set shutdown 1',
      'set power 0',
    ])
  })

  test('says that user or password are wrong', async () => {
    const { code, message } = await troubleOf(open({ password: 'wrong' }).state(bounds))
    expect(code).toBe('auth')
    expect(message).toContain('refuses our user or password')
  })

  test('says that it does not answer', async () => {
    expect((await troubleOf(open({ port: 9 }).state(bounds))).code).toBe('unreachable')
  })

  test('is not waited for longer than is allowed', async () => {
    expect((await troubleOf(open({ port: 9 }).state({ ...bounds, timeout: 100 }))).code).toBe('timeout')
  })
})

test('a switch that speaks IPMI needs ipmitool, and names its package', async () => {
  const before = process.env.PATH
  process.env.PATH = '/nonexistent'
  try {
    const power = openPower(
      'nas',
      { kind: 'ipmi', address: '127.0.0.1', port: 623, user: 'admin', password: { env: 'BMC' } },
      async () => 'secret',
    )
    const { code, message } = await troubleOf(power.state(bounds))
    expect(code).toBe('refused')
    expect(message).toContain('install the package ipmitool')
  } finally {
    process.env.PATH = before
  }
})
