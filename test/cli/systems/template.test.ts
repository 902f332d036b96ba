import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import type { KvmProvider, Template } from '../../../src/providers/kvm/index.ts'
import { type FakeProvider, fakeProvider } from '../../fakes/provider.ts'
import { type Scene, scene } from './scene.ts'

const debian: Template = {
  ...{ node: 'big-iron', name: 'debian-12', pool: 'default', format: 'qcow2', capacity: 2 * 1024 ** 3 },
  usedBy: ['redis-1.qcow2'],
}

/** The provider in memory, with templates as KVM's has them. */
function withTemplates(templates: Template[]): FakeProvider & Partial<KvmProvider> & { sent: Buffer[] } {
  const sent: Buffer[] = []
  return {
    ...fakeProvider(),
    sent,
    templates: async node => templates.filter(one => node === undefined || one.node === node),
    importTemplate: async (node, name, file, { replace, onProgress }) => {
      if (!replace && templates.some(one => one.node === node && one.name === name))
        throw new SystemTrouble('refused', `${node} has a template ${name} already`)
      const bytes = await readFile(file)
      onProgress?.(bytes.length, bytes.length)
      sent.push(bytes)
      templates.push({ ...debian, node, name, usedBy: [] })
    },
    removeTemplate: async (node, name) => {
      const index = templates.findIndex(one => one.node === node && one.name === name)
      if (index >= 0) templates.splice(index, 1)
      return index >= 0
    },
  }
}

async function closet(templates: Template[] = [debian]) {
  const provider = withTemplates(templates)
  const made: Scene = await scene({ provider })
  const image = Buffer.alloc(4_096, 7)
  await writeFile(path.join(made.folder, 'disk.raw'), image)
  return { ...made, sent: provider.sent, templates, image }
}

describe('template list', () => {
  test('prints templates and what is made of them', async () => {
    const { reops } = await closet()
    expect(await reops(['template', 'list'])).toEqual({
      status: 0,
      stderr: '',
      stdout:
        'name       on        pool     format  size    used by\ndebian-12  big-iron  default  qcow2   2.1 GB  1: redis-1.qcow2\n',
    })
    expect((await reops(['template', 'list', '--on', 'small'])).stdout).toContain(
      'no templates; reops template import',
    )
    expect(JSON.parse((await reops(['template', 'list', '--json'])).stdout)).toEqual({ templates: [debian] })
  })
})

describe('template import', () => {
  test('sends a file, and says when nobody has checked it', async () => {
    const { reops, sent, image } = await closet()
    const { status, stdout, stderr } = await reops([
      ...['template', 'import', 'disk.raw', '--name', 'mine', '--on', 'small'],
    ])
    expect(stdout).toBe('mine is on small, 4.1 kB; reops create small --image mine makes systems of it\n')
    expect(stderr).toContain('reops: nothing says what the image has to be, so that nobody has checked it')
    expect(status).toBe(0)
    expect(sent).toEqual([image])
  })

  test('holds the file to its sum', async () => {
    const { reops, image, sent } = await closet()
    const sum = createHash('sha256').update(image).digest('hex')
    const words = ['template', 'import', 'disk.raw', '--name', 'mine', '--on', 'small', '--sha256']
    const { stdout, stderr } = await reops([...words, sum, '--json'])
    expect(JSON.parse(stdout)).toEqual({
      template: 'mine',
      node: 'small',
      bytes: 4_096,
      sha256: sum,
      checked: true,
    })
    expect(stderr).toBe('')
    const wrong = await reops([...words, '0'.repeat(64)])
    expect(wrong.stderr).toContain(sum)
    expect({ status: wrong.status, sent: sent.length }).toEqual({ status: 1, sent: 1 })
  })

  test('in the place of another needs --replace, and consent', async () => {
    const { reops, sent } = await closet()
    const words = ['template', 'import', 'disk.raw', '--name', 'debian-12', '--on', 'big-iron']
    const taken = await reops(words)
    expect(taken.stderr).toContain('reops: big-iron has a template debian-12 already')
    expect(taken.status).toBe(1)
    expect((await reops([...words, '--replace'])).status).toBe(2)
    expect(sent).toEqual([])
    expect((await reops([...words, '--replace', '--yes'])).status).toBe(0)
  })

  test.each([
    [['template', 'import', 'disk.raw', '--on', 'small'], 'reops template import needs --name'],
    [
      ['template', 'import', 'disk.raw', '--name', 'a'],
      '--on has to say which hypervisor is meant; there are big-iron, small',
    ],
    [['template', 'import', 'disk.raw', '--name', 'a', '--on', 'smal'], 'did you mean small?'],
    [['template', 'import', '--name', 'a'], 'reops template import needs <file|url>'],
    [['template', 'list', '--name', 'a'], 'reops template list has no flag --name'],
    [['template', 'remove'], 'reops template remove needs <name>'],
    [['template', 'lits'], 'did you mean reops template list?'],
    [['template'], 'reops template needs one of list, import, remove'],
  ])('%j is refused with status 2', async (words, said) => {
    const { reops } = await closet()
    const { status, stderr } = await reops(words)
    expect(stderr).toContain(said)
    expect(status).toBe(2)
  })
})

test('template remove needs consent, and says when there was none', async () => {
  const { reops, templates } = await closet()
  const words = ['template', 'remove', 'debian-12', '--on', 'big-iron']
  expect((await reops(words)).status).toBe(2)
  expect((await reops(words, { typed: 'n\n', columns: 80 })).stderr).toContain('nothing was done')
  expect(templates).toHaveLength(1)
  expect((await reops([...words, '--yes'])).stdout).toBe('debian-12 was removed from big-iron\n')
  const again = await reops([...words, '--yes'])
  expect(again.stderr).toContain('big-iron has no template "debian-12"')
  expect(again.status).toBe(2)
})
