import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { canHypervise } from '../../lab/hypervisor/index.ts'
import { testJob } from '../../support/job.ts'
import { type Iron, login, openIron, systemOf } from './iron.ts'

describe('a system made on a hypervisor', canHypervise(), () => {
  let lab: Iron
  beforeAll(async () => {
    lab = await openIron()
  })
  afterAll(() => lab?.close())
  afterEach(async () => {
    const { kvm } = lab
    for (const { told } of await kvm.list(undefined, testJob()))
      if (told?.id) await kvm.destroy(systemOf('any', told), { graceMs: 0 }, testJob())
    for (const kept of await lab.volumes())
      if (kept.startsWith('sys-')) await lab.iron.virsh('vol-delete', '--pool', 'default', kept)
  })

  test('is a linked clone of its template, with its volumes, its seed and its description', async () => {
    const { kvm, iron } = lab
    const system = systemOf('redis-1', {
      domain: 'lan',
      disk: 1,
      volumes: [
        { size: 1, name: 'data', keep: true },
        { size: 2, keep: false },
      ],
      description: 'what <it> & "it" is',
      tags: ['db'],
    })
    const placed = await kvm.create(system, login, testJob())
    expect(placed).toMatchObject({ state: 'stopped', disk: 1, ram: 64 })
    expect(await iron.virsh('domstate', 'redis-1')).toContain('shut off')
    const root = await iron.virsh('vol-dumpxml', '--pool', 'default', `${system.id}.qcow2`)
    expect(root).toContain('reops-template-blank.qcow2')
    expect(root).toMatch(/<capacity unit='bytes'>1073741824/)
    const disks = await iron.virsh('domblklist', 'redis-1')
    expect(disks).toMatch(/vda.*\n *vdb.*data.qcow2\n *vdc.*data-2.qcow2\n *vdz.*seed.iso/)
    const [found] = await kvm.list('big-iron', testJob())
    const { state, provider, node, revision, updatedAt, ...told } = system
    expect(found).toMatchObject({ ref: placed.ref, label: 'redis-1', node: 'big-iron', told })
  })

  test('is found when it is made again, and made once', async () => {
    const { kvm, domains } = lab
    const system = systemOf('redis-1')
    const first = await kvm.create(system, login, testJob())
    expect((await kvm.create(system, login, testJob())).ref).toBe(first.ref)
    expect(await domains()).toEqual(['redis-1'])
  })

  test('leaves the name of another domain alone', async () => {
    const { kvm, volumes } = lab
    await kvm.create(systemOf('redis-1'), login, testJob())
    const before = await volumes()
    const other = systemOf('redis-1', { id: 'sys-ffffffffffffffffffff' })
    await expect(kvm.create(other, login, testJob())).rejects.toThrow('has a domain named redis-1 already')
    expect(await volumes()).toEqual(before)
  })

  test('names the templates that there are when its own is not', async () => {
    const { kvm, volumes } = lab
    const system = systemOf('redis-1', { os: 'debian-12' })
    await expect(kvm.create(system, login, testJob())).rejects.toThrow(
      'big-iron has no template debian-12. It has blank',
    )
    expect(await volumes()).toEqual(['reops-template-blank.qcow2'])
  })

  test('needs a hypervisor and something to be made of', () => {
    const { kvm } = lab
    const spec = { provider: 'kvm', volumes: [], tags: [] }
    expect(kvm.check({ ...spec, node: 'attic', os: 'blank' })).toEqual([
      'there is no KVM hypervisor attic; there are big-iron; name them under hypervisors in reops.config.ts',
    ])
    expect(kvm.check({ ...spec, node: 'big-iron' }).join()).toContain('nothing says what it is made of')
    expect(kvm.check({ ...spec, node: 'big-iron', os: 'blank' })).toEqual([])
  })

  test.each(['cloning the disk', 'making the volume data', 'writing the seed', 'defining the domain'])(
    'is taken back when it is cancelled while %s',
    async stage => {
      const { kvm, domains, volumes } = lab
      const job = testJob({ onStage: said => said === stage && job.cancel() })
      const system = systemOf('redis-1', { volumes: [{ size: 1, name: 'data', keep: false }] })
      await expect(kvm.create(system, login, job)).rejects.toMatchObject({ code: 'cancelled', left: [] })
      expect(await domains()).toEqual([])
      expect(await volumes()).toEqual(['reops-template-blank.qcow2'])
    },
  )

  test('is told of plain emulation, and of a key that is none before anything is made', async () => {
    const { kvm, volumes } = lab
    const job = testJob()
    await kvm.create(systemOf('redis-1'), login, job)
    expect(job.warnings.join()).toContain('big-iron has no KVM')
    const before = await volumes()
    const bad = { user: 'ops', keys: ['-----BEGIN OPENSSH PRIVATE KEY-----'] }
    await expect(kvm.create(systemOf('redis-2'), bad, testJob())).rejects.toThrow('private')
    expect(await volumes()).toEqual(before)
  })

  test('runs with ports of the loopback that lead to it', async () => {
    const { kvm } = lab
    const network = { kind: 'user' as const, forward: [{ from: 2222, to: 22 }] }
    const system = systemOf('redis-1', { network })
    await kvm.create(system, login, testJob())
    await kvm.start(system, testJob())
    expect(await kvm.status(system, testJob())).toMatchObject({
      state: 'running',
      address: '127.0.0.1',
      port: 2222,
    })
    expect(await lab.iron.exec(['ss', '-ltn'])).toContain('127.0.0.1:2222')
  })

  test('says where no UEFI firmware is', async () => {
    const uefi = systemOf('redis-1', { firmware: 'uefi' })
    await expect(lab.kvm.create(uefi, login, testJob())).rejects.toThrow('has no UEFI firmware')
  })
})
