import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { kvmNode } from '../../../src/core/systems/nodes.ts'
import { systemClock } from '../../../src/executor/index.ts'
import {
  create,
  destroy,
  exec,
  kvm,
  memory,
  named,
  pipe,
  resize,
  revert,
  snapshot,
  start,
  stop,
  systems,
  volume,
} from '../../../src/index.ts'
import { openKvm } from '../../../src/providers/kvm/index.ts'
import { canHypervise, guestImage, type Hypervisor, openHypervisor } from '../../lab/hypervisor/index.ts'
import { testJob } from '../../support/job.ts'
import { type Laptop, lab, openLaptop } from './world.ts'

/** A guest boots under plain emulation, and the first time its image is built. */
const patience = 300_000

/** What a command said on each system, by its name. */
function said(outcome: {
  readonly successful: readonly { readonly host: string; readonly value: { readonly stdout: string } }[]
  readonly failure: readonly { readonly message: string }[]
}): Record<string, string> {
  expect(outcome.failure).toEqual([])
  return Object.fromEntries(outcome.successful.map(({ host, value }) => [host, value.stdout.trim()]))
}

describe('systems on a hypervisor, with guests that boot', canHypervise(), () => {
  let iron: Hypervisor
  let laptop: Laptop
  beforeAll(async () => {
    const [image, opened] = await Promise.all([guestImage(), openHypervisor({ name: 'big-iron' })])
    iron = opened
    const uri = `qemu+unix:///system?socket=${iron.socket}`
    const provider = openKvm({ 'big-iron': kvmNode.parse({ provider: 'kvm', uri }) }, { clock: systemClock })
    await provider.importTemplate('big-iron', lab, image.qcow2, {}, testJob())
    await provider.close()
    laptop = await openLaptop(iron)
  }, patience)
  afterAll(async () => {
    await laptop?.close()
    await iron?.close()
  }, patience)

  test(
    'three are made at once, each with its name, its volume and a login',
    async () => {
      const made = create(kvm('big-iron'), memory(192), named('redis'), volume(1, { name: 'data' }), 3)
      const outcome = await laptop.run(pipe(made, exec('hostname; cat /sys/class/block/vdb/size')))
      const sectors = 2 * 1024 * 1024
      expect(said(outcome)).toEqual({
        'redis-1': `redis-1\n${sectors}`,
        'redis-2': `redis-2\n${sectors}`,
        'redis-3': `redis-3\n${sectors}`,
      })
    },
    patience,
  )

  test(
    'one is stopped in order and started again, with what it had written',
    async () => {
      const one = systems(named('redis-1'))
      expect(said(await laptop.run(pipe(one, exec('echo kept > kept; sync; cat kept'))))).toEqual({
        'redis-1': 'kept',
      })
      const stopped = await laptop.run(pipe(one, stop({ grace: '60s' })))
      expect(stopped.successful.map(({ value }) => value.state)).toEqual(['stopped'])
      expect(await iron.virsh('domstate', 'redis-1')).toContain('shut off')
      expect(said(await laptop.run(pipe(one, start(), exec('cat kept'))))).toEqual({ 'redis-1': 'kept' })
    },
    patience,
  )

  test(
    'one goes back to where a snapshot was taken',
    async () => {
      const one = systems(named('redis-2'))
      const before = pipe(one, exec('echo before > state; sync'), snapshot('before'))
      expect((await laptop.run(before)).failure).toEqual([])
      expect((await laptop.run(pipe(one, exec('echo after > state; sync')))).failure).toEqual([])
      expect(said(await laptop.run(pipe(one, revert('before'), exec('cat state'))))).toEqual({
        'redis-2': 'before',
      })
    },
    patience,
  )

  test(
    'one gets more memory while it is off',
    async () => {
      const one = systems(named('redis-3'))
      const larger = pipe(one, stop({ grace: '60s' }), resize({ ram: 256 }), start())
      const outcome = await laptop.run(pipe(larger, exec("awk '/MemTotal/ { print $2 }' /proc/meminfo")))
      expect(Number(said(outcome)['redis-3'])).toBeGreaterThan(200 * 1024)
    },
    patience,
  )

  test(
    'all are destroyed, and nothing of them stays',
    async () => {
      const outcome = await laptop.run(pipe(systems(), destroy({ force: true })))
      expect(outcome.failure).toEqual([])
      expect((await iron.virsh('list', '--all', '--name')).trim()).toBe('')
      expect(await iron.virsh('vol-list', 'default')).not.toContain('sys-')
    },
    patience,
  )
})
