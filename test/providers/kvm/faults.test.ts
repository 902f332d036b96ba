import { afterEach, describe, expect, test } from 'vitest'
import { kvmNode } from '../../../src/core/systems/nodes.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { openKvm } from '../../../src/providers/kvm/index.ts'
import { canHypervise } from '../../lab/hypervisor/index.ts'
import { testJob } from '../../support/job.ts'
import { cutOff, type Iron, login, openIron, systemOf } from './iron.ts'

const system = systemOf('redis-1', { volumes: [{ size: 1, name: 'data', keep: false }] })

describe('a hypervisor in trouble', canHypervise(), () => {
  const opened: Iron[] = []
  const open = async (options = {}) => {
    const lab = await openIron(options)
    opened.push(lab)
    return lab
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(lab => lab.close()))
  })

  test.each(['making the volume data', 'writing the seed', 'defining the domain'])(
    'that is killed while %s names what stayed, and the next attempt makes it whole',
    async stage => {
      const { kvm, iron, domains, volumes } = await open()
      let killed: Promise<void> | undefined
      const job = testJob({
        onStage: said => {
          if (said === stage) killed ??= iron.kill()
        },
      })
      const failure = await kvm.create(system, login, job).then(
        () => undefined,
        (error: unknown) => error,
      )
      await killed
      await iron.restart()
      // The kill may come too late to be noticed.
      if (failure !== undefined) expect(failure).toMatchObject({ name: 'SystemTrouble' })
      await kvm.create(system, login, testJob())
      expect(await domains()).toEqual(['redis-1'])
      expect(await volumes()).toHaveLength(4)
      await kvm.destroy(system, { graceMs: 0 }, testJob())
      expect(await volumes()).toEqual(['reops-template-blank.qcow2'])
    },
  )

  test('whose pool is full is told by name, before anything is made', async () => {
    const { kvm, iron, volumes } = await open({ poolMiB: 20 })
    await iron.virsh('vol-create-as', 'default', 'filler', '10M', '--allocation', '10M')
    const before = await volumes()
    await expect(kvm.create(system, login, testJob())).rejects.toThrow(
      /the storage pool default of big-iron is full: \d+ bytes are left/,
    )
    expect(await volumes()).toEqual(before)
  })

  test('that is frozen is waited for until the deadline and no longer', async () => {
    const { kvm, iron } = await open()
    await kvm.create(system, login, testJob())
    await iron.freeze()
    await expect(kvm.start(system, testJob({ withinMs: 500 }))).rejects.toMatchObject({
      name: 'SystemTrouble',
    })
    await iron.thaw()
    await kvm.start(system, testJob())
  })

  test('that is not there is unreachable, and so is one that was lost until it is back', async () => {
    const nowhere = openKvm(
      { attic: kvmNode.parse({ provider: 'kvm', uri: 'qemu+unix:///system?socket=/nowhere/sock' }) },
      { clock: systemClock },
    )
    await expect(nowhere.start(systemOf('any', { node: 'attic' }), testJob())).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('/nowhere/sock'),
    })
    await nowhere.close()
    const { kvm, iron } = await open()
    await iron.kill()
    await expect(kvm.list(undefined, testJob())).rejects.toMatchObject({ name: 'SystemTrouble' })
    await iron.restart()
    expect(await kvm.list(undefined, testJob())).toEqual([])
  })

  test('is heard again after its connection was lost, and what happened meanwhile is told', {
    timeout: 90_000,
  }, async () => {
    const { kvm, iron } = await open()
    const { ref } = await kvm.create(system, login, testJob())
    const heard: string[] = []
    const stop = new AbortController()
    const watching = kvm.watch!(change => void heard.push(`${change.ref} ${change.state}`), stop.signal)
    // A lost hypervisor is looked for every ten seconds, and what is asked of it then may take a while too.
    const until = async (what: string) => {
      await expect.poll(() => heard.at(-1), { timeout: 40_000 }).toBe(`${ref} ${what}`)
    }
    await until('stopped')
    await kvm.start(system, testJob())
    await until('running')
    await iron.kill()
    await iron.restart()
    await cutOff(iron, 'redis-1')
    await until('stopped')
    stop.abort()
    await watching
  })
})
