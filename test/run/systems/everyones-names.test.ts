import { describe, expect, test } from 'vitest'
import { configSchema } from '../../../src/core/config.ts'
import { kvmNode, lxdNode } from '../../../src/core/systems/nodes.ts'
import { parseSpec } from '../../../src/core/systems/spec.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { readDomain } from '../../../src/providers/kvm/domain/read.ts'
import { openKvm } from '../../../src/providers/kvm/index.ts'
import { check } from '../../../src/providers/lxd/check.ts'
import { statusOf } from '../../../src/providers/lxd/placed.ts'
import { wireSystems } from '../../../src/run/systems/port.ts'
import { publicKeys } from '../../../src/transports/ssh/public-keys.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import { systemOf } from '../../providers/kvm/iron.ts'
import { testJob } from '../../support/job.ts'

/** Every object of the language has these, whatever was written into it. */
describe.each(['constructor', 'toString', 'valueOf'])('a name that every object has, %s,', name => {
  const spec = parseSpec({ provider: 'kvm', node: name, os: 'blank' })

  test('is no hypervisor, no key and no provider that nobody configured', async () => {
    const system = systemOf('one', { node: name })
    const kvm = openKvm({ iron: kvmNode.parse({ provider: 'kvm' }) }, { clock: systemClock })
    expect(kvm.check(spec)).toEqual([expect.stringContaining(`no KVM hypervisor ${name}; there are iron`)])
    await expect(kvm.status(system, testJob())).rejects.toMatchObject({ code: 'refused' })
    expect(check({ nuc: lxdNode.parse({ provider: 'lxd' }) }, spec)).toEqual([
      expect.stringContaining(`no node ${name}`),
    ])
    await expect(publicKeys({ stateFolder: '/nowhere' }, name)).rejects.toThrow(/can't be given to a machine/)
    const wired = wireSystems({
      loaded: { config: configSchema.parse({}), folder: '/nowhere', file: undefined },
      hosts: scriptedHosts({}, systemClock, { concurrency: 1 }),
      providers: {},
    })
    await expect(wired.provider(name)).rejects.toMatchObject({ name: 'UnknownProvider' })
    expect(wired.defaultsOf('kvm', name)).toEqual(wired.defaultsOf('kvm', undefined))
    expect(wired.nodes?.(name)).toEqual([])
    expect(wired.hostOf(system)).toEqual({ name: 'one', system: system.id })
    await wired.close()
  })

  test('is no unit of memory and no state that a server has', () => {
    const xml = `<domain><name>one</name><memory unit="${name}">64</memory></domain>`
    expect(readDomain(xml).ram).toBeUndefined()
    expect(statusOf({ status: name, pid: 0 }).state).toBe('unknown')
  })
})
