import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canHypervise } from '../../lab/hypervisor/index.ts'
import { testJob } from '../../support/job.ts'
import { type Iron, login, openIron, systemOf } from './iron.ts'

describe('a template', canHypervise(), () => {
  let lab: Iron
  beforeAll(async () => {
    lab = await openIron()
  })
  afterAll(() => lab?.close())

  test('is brought to the hypervisor and listed, with its progress', async () => {
    const { kvm, image } = lab
    const moved: [number, number][] = []
    const onProgress = (bytes: number, total: number) => void moved.push([bytes, total])
    await kvm.importTemplate('big-iron', 'empty', await image('empty.qcow2', 48), { onProgress }, testJob())
    expect(moved.at(-1)![0]).toBe(moved.at(-1)![1])
    expect(await kvm.templates('big-iron', testJob())).toContainEqual({
      node: 'big-iron',
      name: 'empty',
      pool: 'default',
      format: 'qcow2',
      capacity: 48 * 1024 * 1024,
      usedBy: [],
    })
  })

  test('may be raw', async () => {
    const { kvm, iron } = lab
    const file = path.join(iron.folder, 'disk.raw')
    const disk = Buffer.alloc(1024 * 1024)
    disk.writeUInt16LE(0xaa55, 510)
    await writeFile(file, disk)
    await kvm.importTemplate('big-iron', 'bytes', file, {}, testJob())
    expect(await kvm.templates(undefined, testJob())).toContainEqual(
      expect.objectContaining({ name: 'bytes', format: 'raw', capacity: disk.length }),
    )
    const system = systemOf('of-bytes', { os: 'bytes' })
    await kvm.create(system, login, testJob())
    await kvm.start(system, testJob())
    await kvm.destroy(system, { graceMs: 0 }, testJob())
  })

  test('is replaced when that is asked for, and neither replaced nor removed while it is used', async () => {
    const { kvm, image } = lab
    const file = await image('other.qcow2', 64)
    await expect(kvm.importTemplate('big-iron', 'blank', file, {}, testJob())).rejects.toThrow(
      'has a template blank already',
    )
    const system = systemOf('user-of-it')
    await kvm.create(system, login, testJob())
    const replace = { replace: true }
    await expect(kvm.importTemplate('big-iron', 'blank', file, replace, testJob())).rejects.toThrow(
      `${system.id}.qcow2 of big-iron are made of the template blank`,
    )
    await expect(kvm.removeTemplate('big-iron', 'blank', testJob())).rejects.toThrow('destroy them first')
    await kvm.destroy(system, { graceMs: 0 }, testJob())
    await kvm.importTemplate('big-iron', 'blank', file, replace, testJob())
    expect(await kvm.templates(undefined, testJob())).toContainEqual(
      expect.objectContaining({ name: 'blank', capacity: 64 * 1024 * 1024 }),
    )
    expect(await kvm.removeTemplate('big-iron', 'blank', testJob())).toBe(true)
    expect(await kvm.removeTemplate('big-iron', 'blank', testJob())).toBe(false)
  })

  test('is no file that is none, and an import that is cancelled leaves nothing', async () => {
    const { kvm, iron, image, volumes } = lab
    const before = await volumes()
    const text = path.join(iron.folder, 'text')
    await writeFile(text, 'no image at all')
    await expect(kvm.importTemplate('big-iron', 'text', text, {}, testJob())).rejects.toMatchObject({
      name: 'BadImage',
    })
    const job = testJob({ onStage: () => job.cancel() })
    const file = await image('third.qcow2', 16)
    await expect(kvm.importTemplate('big-iron', 'third', file, {}, job)).rejects.toThrow()
    expect(await volumes()).toEqual(before)
  })
})
