import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { canHypervise } from '../../lab/hypervisor/index.ts'
import { testJob } from '../../support/job.ts'
import { type Iron, login, openIron, systemOf } from './iron.ts'

/** The template holds no operating system: what is asked of the guest is heard by nobody. */
describe('a machine on a hypervisor', canHypervise(), () => {
  let lab: Iron
  beforeAll(async () => {
    lab = await openIron()
  })
  afterAll(() => lab?.close())

  const system = systemOf('deaf', {
    volumes: [
      { size: 1, name: 'data', keep: true },
      { size: 1, name: 'cache', keep: false },
    ],
  })
  const { id } = system
  beforeEach(async () => {
    await lab.kvm.destroy(system, { graceMs: 0 }, testJob())
    await lab.iron.virsh('vol-delete', '--pool', 'default', `${id}-data.qcow2`).catch(() => {})
    await lab.kvm.create(system, login, testJob())
  })

  test('is started once, however often, and cut off only when that was asked for', async () => {
    const { kvm } = lab
    await kvm.start(system, testJob())
    await kvm.start(system, testJob())
    expect(await kvm.status(system, testJob())).toMatchObject({
      state: 'running',
      addressFrom: expect.stringContaining('the network default has given it no lease'),
    })
    const gently = { graceMs: 300, force: false }
    await expect(kvm.stop(system, gently, testJob())).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('is still running after 0s'),
    })
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'running' })
    const job = testJob()
    await kvm.stop(system, { graceMs: 300, force: true }, job)
    expect(job.stages).toEqual(['shutting down', 'cutting it off'])
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'stopped' })
    await kvm.stop(system, gently, testJob())
  })

  test('goes back to a snapshot, running if it ran', async () => {
    const { kvm, iron } = lab
    await kvm.snapshot(system, 'cold', testJob())
    await kvm.start(system, testJob())
    await kvm.snapshot(system, 'warm', testJob())
    await kvm.snapshot(system, 'warm', testJob())
    expect((await kvm.snapshots(system, testJob())).map(({ name, running }) => [name, running])).toEqual([
      ['cold', false],
      ['warm', true],
    ])
    await iron.virsh('destroy', 'deaf')
    await kvm.revert(system, 'warm', testJob())
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'running' })
    await kvm.revert(system, 'cold', testJob())
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'stopped' })
    await expect(kvm.revert(system, 'hot', testJob())).rejects.toThrow(
      'deaf has no snapshot hot; it has cold, warm',
    )
  })

  test('gets other sizes, off or on as each allows, and its disk is never cut', async () => {
    const { kvm, iron } = lab
    await kvm.start(system, testJob())
    await expect(kvm.resize(system, { cpu: 2 }, testJob())).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('stop it first'),
    })
    expect(await kvm.resize(system, { disk: 1 }, testJob())).toMatchObject({ state: 'running', disk: 1 })
    await kvm.stop(system, { graceMs: 0, force: true }, testJob())
    expect(await kvm.resize(system, { cpu: 2, ram: 128, disk: 2 }, testJob())).toMatchObject({
      cpu: 2,
      ram: 128,
      disk: 2,
    })
    expect(await iron.virsh('dominfo', 'deaf')).toMatch(/CPU\(s\): +2[\s\S]*Max memory: +131072 KiB/)
    await expect(kvm.resize(system, { disk: 1 }, testJob())).rejects.toThrow('would cut off what is on it')
    await kvm.snapshot(system, 'larger', testJob())
    await kvm.resize({ ...system, cpu: 2, ram: 128 }, { cpu: 1, ram: 64, disk: 3 }, testJob())
    expect(await kvm.revert(system, 'larger', testJob())).toMatchObject({
      ...{ state: 'stopped', cpu: 2, ram: 128, disk: 2 },
    })
    const found = (await kvm.list(undefined, testJob())).find(({ label }) => label === 'deaf')
    expect(found?.told).toMatchObject({ cpu: 2, ram: 128, disk: 2 })
  })

  test('is copied whole while it is off', async () => {
    const { kvm, iron, volumes } = lab
    const copy = { ...system, id: 'sys-cccccccccccccccccccc', hostname: 'deaf-too' }
    await kvm.start(system, testJob())
    await expect(kvm.clone(system, copy, login, testJob())).rejects.toThrow('stop it first')
    await kvm.stop(system, { graceMs: 0, force: true }, testJob())
    await kvm.clone(system, copy, login, testJob())
    const root = await iron.virsh('vol-dumpxml', '--pool', 'default', `${copy.id}.qcow2`)
    expect(root).not.toContain('backingStore')
    expect((await volumes()).filter(name => name.startsWith(copy.id))).toHaveLength(4)
    const macs = await Promise.all(['deaf', 'deaf-too'].map(name => iron.virsh('domiflist', name)))
    expect(macs[0]).not.toBe(macs[1])
    await kvm.destroy(copy, { graceMs: 0 }, testJob())
    await iron.virsh('vol-delete', '--pool', 'default', `${copy.id}-data.qcow2`)
  })

  test('is destroyed with its disks, but for those that are kept', async () => {
    const { kvm, domains, volumes } = lab
    await kvm.start(system, testJob())
    await kvm.snapshot(system, 'one', testJob())
    const kept = [`default/${id}-data.qcow2`]
    expect(await kvm.destroy(system, { graceMs: 100 }, testJob())).toEqual({ kept })
    expect(await domains()).not.toContain('deaf')
    expect((await volumes()).filter(name => name.startsWith(id))).toEqual([`${id}-data.qcow2`])
    expect(await kvm.destroy(system, { graceMs: 0 }, testJob())).toEqual({ kept })
    expect(await kvm.status(system, testJob())).toMatchObject({ state: 'missing' })
    await expect(kvm.start(system, testJob())).rejects.toThrow('has no domain of deaf any more')
  })

  test('is listed beside strangers, of which nothing was told', async () => {
    const { kvm, iron } = lab
    const xml =
      '<domain type="qemu"><name>stranger</name><memory>65536</memory><os><type>hvm</type></os></domain>'
    await iron.exec(['sh', '-c', `printf %s '${xml}' > /tmp/s.xml && virsh define /tmp/s.xml`])
    const found = await kvm.list('big-iron', testJob())
    expect(found.map(({ label, told }) => [label, told?.id]).toSorted()).toEqual([
      ['deaf', id],
      ['stranger', undefined],
    ])
    await iron.virsh('undefine', 'stranger')
  })

  test('has a console while it runs', async () => {
    const { kvm } = lab
    await expect(kvm.console(system, testJob())).rejects.toThrow('only a running machine has a console')
    await kvm.start(system, testJob())
    const console = await kvm.console(system, testJob())
    console.write('\r\n')
    console.destroy()
  })
})
