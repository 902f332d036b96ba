import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seedImage } from '../../../../src/providers/kvm/seed/seed-image.ts'
import fc from '../../../support/fast-check.ts'
import { needs } from '../../../support/needs.ts'
import { readIso } from './read-iso.ts'

const files = {
  'user-data': '#cloud-config\n{"hostname":"größe"}\n',
  'meta-data': 'x'.repeat(5000),
  'network-config': '',
  'vendor-data': Uint8Array.of(0, 1, 255),
}
const names = Object.keys(files).toSorted()

let folder: string
let image: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reops-seed-'))
  image = join(folder, 'seed.iso')
  await writeFile(image, seedImage(files))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('a seed image', () => {
  test('holds every file under its own name in both trees', () => {
    const volume = readIso(seedImage(files))
    expect(volume.label).toBe('cidata')
    expect(volume.rockRidge.map(file => file.name)).toEqual(names)
    expect(volume.joliet.map(file => file.name)).toEqual(names.map(name => `${name};1`))
    expect(volume.primary.map(file => file.name)).toEqual([
      'META_DATA.;1',
      'NETWORK_CONFIG.;1',
      'USER_DATA.;1',
      'VENDOR_DATA.;1',
    ])
    for (const tree of [volume.rockRidge, volume.joliet])
      expect(tree.map(file => file.content.toString('latin1'))).toEqual(
        names.map(name => Buffer.from(files[name as keyof typeof files]).toString('latin1')),
      )
  })

  test('is for the eyes of root', () => {
    expect(new Set(readIso(seedImage(files)).rockRidge.map(file => file.mode))).toEqual(new Set([0o100400]))
  })

  test('has the length that it says, in whole blocks', () => {
    const bytes = seedImage(files)
    expect(bytes.length).toBe(readIso(bytes).blocks * 2048)
    // Busybox looks for a label in the first 68 KiB, and finds none where there are fewer.
    expect(bytes.length).toBeGreaterThan(68 * 1024)
  })

  test('is the same for the same files', () => {
    const sum = () => createHash('sha256').update(seedImage(files)).digest('hex')
    expect(sum()).toBe(sum())
  })

  test('leaves out what is undefined, and takes another label', () => {
    const volume = readIso(seedImage({ 'user-data': 'a', 'network-config': undefined }, { label: 'OEMDRV' }))
    expect(volume.rockRidge.map(file => file.name)).toEqual(['user-data'])
    expect(volume.label).toBe('OEMDRV')
  })

  test('gives back any files', () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,20}$/)
    const content = fc.uint8Array({ maxLength: 6000 })
    fc.assert(
      fc.property(fc.dictionary(name, content, { minKeys: 1, maxKeys: 32, noNullPrototype: true }), given => {
        const read = readIso(seedImage(given)).rockRidge
        expect(read.map(file => [file.name, file.content.toString('hex')])).toEqual(
          Object.entries(given)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, value]) => [key, Buffer.from(value).toString('hex')]),
        )
      }),
      { numRuns: 60 },
    )
  })
})

describe('a seed image refuses', () => {
  test.each(['', 'User-Data', '../x', 'a/b', 'a;1', '-x', 'x'.repeat(31), 'ä'])('the name %j', name =>
    expect(() => seedImage({ [name]: 'x' })).toThrow(
      expect.objectContaining({ name: 'InvalidArguments', message: expect.stringContaining('plain name') }),
    ),
  )

  test('names that come to the same', () =>
    expect(() => seedImage({ 'a.b-c.d': '', 'a-b-c.d': '' })).toThrow(
      'a.b-c.d and a-b-c.d differ only in dots',
    ))

  test('no file, too many files, and more than 4 MiB', () => {
    expect(() => seedImage({ 'user-data': undefined })).toThrow('no file is given')
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`f${index}`, 'x']))
    expect(() => seedImage(many)).toThrow('33 files')
    expect(() => seedImage({ a: 'x'.repeat(4 * 1024 * 1024), b: 'x' })).toThrow('4194305 bytes')
  })

  test('a label that no volume has', () =>
    expect(() => seedImage({ a: '' }, { label: 'a label' })).toThrow('a label holds at most 16'))
})

describe('other readers find the files', () => {
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  test('blkid', needs('blkid'), () => {
    const said = run('blkid', '-p', '-o', 'export', image)
    expect(said).toContain('LABEL=cidata\n')
    expect(said).toContain('TYPE=iso9660\n')
  })

  test.each([['-R'], ['-J']])('isoinfo %s', needs('isoinfo'), (tree: string) => {
    const suffix = tree === '-J' ? ';1' : ''
    expect(run('isoinfo', '-f', tree, '-i', image).trim().split('\n').toSorted()).toEqual(
      names.map(name => `/${name}${suffix}`),
    )
    expect(run('isoinfo', tree, '-x', `/user-data${suffix}`, '-i', image)).toBe(files['user-data'])
  })
})
