import { getEventListeners } from 'node:events'
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { kvmNode } from '../../../src/core/systems/nodes.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { openKvm } from '../../../src/providers/kvm/index.ts'
import { domainUuid } from '../../../src/providers/kvm/names.ts'
import { startFakeDaemon } from '../../fakes/libvirt-daemon.ts'
import { canHypervise } from '../../lab/hypervisor/index.ts'
import { testJob } from '../../support/job.ts'
import { type Iron, login, openIron, systemOf } from './iron.ts'

const cut = { graceMs: 0 }

describe('what else happens on a hypervisor', canHypervise(), () => {
  let lab: Iron
  beforeAll(async () => {
    lab = await openIron()
    await lab.iron.exec(['mkdir', '-p', '/var/lib/libvirt/attic'])
    await lab.iron.virsh('pool-define-as', 'attic', 'dir', '--target', '/var/lib/libvirt/attic')
    await lab.iron.virsh('pool-start', 'attic')
  })
  afterAll(() => lab?.close())

  const system = systemOf('odd', { volumes: [{ size: 1, name: 'far', keep: false, pool: 'attic' }] })
  const ours = async () => (await lab.volumes()).filter(name => name.startsWith('sys-'))

  test('a domain that goes while its end is waited for has ended', async () => {
    const { kvm, iron } = lab
    await kvm.create(system, login, testJob())
    await kvm.start(system, testJob())
    // Now it is transient: it is gone as soon as it is off.
    await iron.virsh('undefine', 'odd')
    let pulled: Promise<unknown> | undefined
    const onStage = (stage: string) => {
      if (stage === 'shutting down') pulled = iron.virsh('destroy', 'odd')
    }
    await kvm.stop(system, { graceMs: 20_000, force: false }, testJob({ onStage }))
    await pulled
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'missing' })
    expect(await kvm.destroy(system, cut, testJob())).toEqual({ kept: [] })
    expect(await ours()).toEqual([])
    expect(await iron.virsh('vol-list', 'attic')).not.toContain('sys-')
  })

  test('a paused one ends as others do, and the time of a job suffices for cutting it off', async () => {
    const { kvm, iron } = lab
    await kvm.create(system, login, testJob())
    await kvm.start(system, testJob())
    await iron.virsh('suspend', 'odd')
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'paused' })
    const heard: string[] = []
    const enough = new AbortController()
    const watching = kvm.watch!(({ state }) => void heard.push(state), enough.signal)
    await expect.poll(() => heard).toEqual(['paused'])
    expect(getEventListeners(enough.signal, 'abort').length).toBeGreaterThan(0)
    enough.abort()
    await watching
    expect(getEventListeners(enough.signal, 'abort')).toEqual([])
    await kvm.stop(system, { graceMs: 600_000, force: true }, testJob({ withinMs: 4_000 }))
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'stopped' })
    await kvm.destroy(system, cut, testJob())
  })

  test('nothing is taken away while a pool of it is off, and all of it once nothing is there any more', async () => {
    const { kvm, iron, domains } = lab
    await kvm.create(system, login, testJob())
    for (const pool of ['attic', 'default']) {
      await iron.virsh('pool-destroy', pool)
      await expect(kvm.destroy(system, cut, testJob())).rejects.toMatchObject({
        code: 'refused',
        message: `the storage pool ${pool} of big-iron is not active; start it there`,
      })
      expect(await domains()).toEqual(['odd'])
      await iron.virsh('pool-start', pool)
    }
    await iron.virsh('pool-destroy', 'attic')
    await iron.virsh('pool-undefine', 'attic')
    await expect(kvm.destroy(system, cut, testJob())).rejects.toThrow('big-iron has no storage pool attic')
    expect(await domains()).toEqual(['odd'])
    await iron.virsh('undefine', 'odd')
    expect(await kvm.destroy(system, cut, testJob())).toEqual({ kept: [] })
    expect(await ours()).toEqual([])
    await iron.virsh('pool-define-as', 'attic', 'dir', '--target', '/var/lib/libvirt/attic')
    await iron.virsh('pool-start', 'attic')
    await iron.virsh('vol-delete', '--pool', 'attic', `${system.id}-far.qcow2`)
  })

  test('a copy that somebody made by hand is a stranger, though it says that it is ours', async () => {
    const { kvm, iron } = lab
    await kvm.create(system, login, testJob())
    await iron.exec([
      'sh',
      '-c',
      "virsh dumpxml odd | sed -e '/<uuid>/d' -e 's|<name>odd</name>|<name>copy</name>|' > /tmp/copy.xml && virsh define /tmp/copy.xml",
    ])
    const found = await kvm.list(undefined, testJob())
    expect(found.map(({ label, told }) => [label, told?.id]).toSorted()).toEqual([
      ['copy', undefined],
      ['odd', system.id],
    ])
    await iron.virsh('undefine', 'copy')
    await kvm.destroy(system, cut, testJob())
  })

  test('a machine has as many as 24 volumes, and a name once', async () => {
    const { kvm, iron } = lab
    const many = systemOf('many', {
      volumes: Array.from({ length: 24 }, (_, index) => ({
        size: 1,
        keep: false,
        ...(index === 23 ? { pool: 'attic' } : {}),
      })),
    })
    await kvm.create(many, login, testJob())
    const disks = await iron.virsh('domblklist', 'many')
    expect(disks).toMatch(/vdb +data-1|vdb +.*-data-1\.qcow2/)
    expect(disks).toMatch(/vdy +.*-data-24\.qcow2/)
    await kvm.start(many, testJob())
    await kvm.destroy(many, cut, testJob())
    expect(await ours()).toEqual([])
    expect(await iron.virsh('vol-list', 'attic')).not.toContain('sys-')
  })

  test('a disk that snapshots are in grows, and goes back with them', async () => {
    const { kvm, iron } = lab
    const size = async () => {
      const xml = await iron.virsh('vol-dumpxml', '--pool', 'default', `${system.id}.qcow2`)
      return Number(/<capacity unit='bytes'>(\d+)</.exec(xml)?.[1]) / 2 ** 20
    }
    await kvm.create(system, login, testJob())
    await kvm.snapshot(system, 'one', testJob())
    for (let round = 0; round < 2; round++) {
      expect(await kvm.resize({ ...system, disk: 2 }, { disk: 2 }, testJob())).toMatchObject({ disk: 2 })
      expect(await size()).toBe(2048)
      // 32 MiB are no GiB.
      expect(await kvm.revert(system, 'one', testJob())).toMatchObject({ disk: undefined })
      expect(await size()).toBe(32)
    }
    await kvm.destroy(system, cut, testJob())
  })

  test('a machine with UEFI is told to be off for its snapshots', async () => {
    const { kvm } = lab
    await kvm.create(system, login, testJob())
    await kvm.start(system, testJob())
    const uefi = { ...system, firmware: 'uefi' as const }
    await expect(kvm.snapshot(uefi, 'one', testJob())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('stop it first'),
    })
    await kvm.stop(system, { graceMs: 0, force: true }, testJob())
    await kvm.snapshot(uefi, 'one', testJob())
    await kvm.destroy(system, cut, testJob())
  })

  test("a snapshot's name is a name, whatever is in it", async () => {
    const { kvm } = lab
    await kvm.create(system, login, testJob())
    const name = `"><memory snapshot='external'>&<`
    await kvm.snapshot(system, name, testJob())
    expect(await kvm.snapshots(system, testJob())).toMatchObject([{ name, running: false }])
    for (const bad of ['../../etc/passwd', '.hidden'])
      await expect(kvm.snapshot(system, bad, testJob())).rejects.toMatchObject({ code: 'exception' })
    await kvm.destroy(system, cut, testJob())
  })

  test('a template that goes while a machine is made of it is told of, and nothing is left', async () => {
    const { kvm, image, domains } = lab
    await kvm.importTemplate('big-iron', 'brief', await image('brief.qcow2', 32), {}, testJob())
    let removed: Promise<unknown> | undefined
    const job = testJob({
      onStage: stage => {
        if (stage === 'cloning the disk')
          removed ??= lab.iron.virsh('vol-delete', '--pool', 'default', 'reops-template-brief.qcow2')
      },
    })
    const brief = systemOf('brief', { os: 'brief' })
    const made = await kvm.create(brief, login, job).then(
      () => 'made',
      (error: unknown) => error,
    )
    await removed
    if (made === 'made') await kvm.destroy(brief, cut, testJob())
    expect(await domains()).toEqual([])
    expect(await ours()).toEqual([])
  })
})

describe('what is cancelled', canHypervise(), () => {
  let lab: Iron
  const rejections: unknown[] = []
  const unhandled = (reason: unknown) => void rejections.push(reason)
  beforeAll(async () => {
    process.on('unhandledRejection', unhandled)
    lab = await openIron()
  })
  afterAll(async () => {
    await lab?.close()
    process.off('unhandledRejection', unhandled)
  })
  beforeEach(() => {
    rejections.length = 0
  })
  const system = systemOf('gone', { volumes: [{ size: 1, name: 'data', keep: true }] })

  test('at any stage of a create leaves nothing', async () => {
    const { kvm, domains, volumes } = lab
    const whole = testJob()
    await kvm.create(system, login, whole)
    await kvm.destroy(system, cut, testJob())
    await lab.iron.virsh('vol-delete', '--pool', 'default', `${system.id}-data.qcow2`)
    const before = await volumes()
    for (const stage of whole.stages)
      for (const after of [0, 2]) {
        const job = testJob({
          onStage: said => {
            if (said === stage) setTimeout(() => job.cancel(), after)
          },
        })
        const failure = await kvm.create(system, login, job).then(
          () => undefined,
          (error: unknown) => error,
        )
        if (failure === undefined) {
          await kvm.destroy(system, cut, testJob())
          await lab.iron.virsh('vol-delete', '--pool', 'default', `${system.id}-data.qcow2`)
        } else expect(failure).toMatchObject({ name: 'SystemTrouble', code: 'cancelled' })
        expect([stage, after, await domains()]).toEqual([stage, after, []])
        expect([stage, after, await volumes()]).toEqual([stage, after, before])
      }
    expect(rejections).toEqual([])
  })

  test('in the middle of an import leaves no template and no open file', async () => {
    const { kvm, image, volumes } = lab
    const file = await image('large.qcow2', 64)
    await truncate(file, 64 * 1024 * 1024)
    const before = await volumes()
    const open = async () => (await readdir('/proc/self/fd')).length
    const files = await open()
    const job = testJob()
    const onProgress = (bytes: number) => {
      if (bytes > 1024 * 1024) job.cancel()
    }
    await expect(kvm.importTemplate('big-iron', 'large', file, { onProgress }, job)).rejects.toMatchObject({
      code: 'cancelled',
    })
    expect(await volumes()).toEqual(before)
    await expect.poll(open).toBeLessThanOrEqual(files)
    expect(rejections).toEqual([])
  })
})

test('a provider that is closed while it connects leaves nothing behind, and a deadline ends the wait', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-mute-'))
  const sockets = new Set<net.Socket>()
  const mute = net.createServer(socket => void sockets.add(socket.on('error', () => {}).resume()))
  const socket = path.join(folder, 'sock')
  await new Promise<void>(resolve => mute.listen(socket, resolve))
  const uri = `qemu+unix:///system?socket=${socket}`
  const kvm = openKvm({ 'big-iron': kvmNode.parse({ provider: 'kvm', uri }) }, { clock: systemClock })
  await expect(kvm.list(undefined, testJob({ withinMs: 100 }))).rejects.toMatchObject({ code: 'unreachable' })
  const listing = kvm.list(undefined, testJob())
  const watching = kvm.watch!(() => {}, new AbortController().signal)
  listing.catch(() => {})
  await kvm.close()
  await expect(listing).rejects.toMatchObject({ name: 'SystemTrouble' })
  await watching
  await expect.poll(() => [...sockets].every(one => one.readableEnded || one.destroyed)).toBe(true)
  for (const one of sockets) one.destroy()
  await new Promise(resolve => mute.close(resolve))
  await rm(folder, { recursive: true })
})

test('a machine that its own system put to sleep is woken to be asked to end, and then ends', async () => {
  const system = systemOf('sleeper')
  const domain = { name: 'sleeper', uuid: domainUuid(system.id), id: 1 }
  const asked: string[] = []
  let state = 7
  const daemon = await startFakeDaemon(({ name, header, client }) => {
    if (name === undefined) return
    asked.push(name)
    if (name === 'domainLookupByUuid') client.answer(header, name, { domain })
    else if (name === 'domainGetState') client.answer(header, name, { state, reason: 0 })
    else if (name === 'domainPmWakeup' || name === 'domainShutdownFlags') {
      state = name === 'domainPmWakeup' ? 1 : 5
      client.answer(header, name, undefined)
    } else client.refuse(header, 55, `${name} is not for one that sleeps`)
  })
  const kvm = openKvm(
    { 'big-iron': kvmNode.parse({ provider: 'kvm', uri: daemon.uri }) },
    { clock: systemClock },
  )
  await kvm.stop(system, { graceMs: 10_000, force: false }, testJob())
  expect(asked.filter(name => name !== 'domainGetState' && name.startsWith('domain'))).toEqual([
    'domainLookupByUuid',
    'domainPmWakeup',
    'domainShutdownFlags',
  ])
  await kvm.close()
  await daemon.stop()
})
