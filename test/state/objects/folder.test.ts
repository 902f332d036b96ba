import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ObjectFolder, openObjectFolder } from '../../../src/state/objects/folder.ts'

let root: string
let store: ObjectFolder
const signal = new AbortController().signal

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'objects-'))
  store = openObjectFolder(path.join(root, 'objects'))
})
afterEach(() => rm(root, { recursive: true }))

const write = (Key: string, Body = Key, Bucket = 'bucket') =>
  store.writeObject({ arguments: { Bucket, Key, Body }, signal })

async function read(Key: string, Bucket = 'bucket'): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const part of await store.readObject({ arguments: { Bucket, Key }, signal })) parts.push(part)
  return Buffer.concat(parts).toString()
}

async function list(Prefix?: string, Bucket = 'bucket'): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.listObjects({ arguments: { Bucket, Prefix }, signal })) keys.push(key)
  return keys
}

test('gives back what was written, last', async () => {
  await write('a/b c/ä.json', 'one')
  await write('a/b c/ä.json', 'two')
  expect(await read('a/b c/ä.json')).toBe('two')
  const large = 'ä'.repeat(500_000)
  await write('large', large)
  expect(await read('large')).toBe(large)
})

test('keeps objects for their owner alone, at their keys, and leaves no drafts', async () => {
  await write('a/b')
  const file = path.join(root, 'objects', 'bucket', 'a', 'b')
  expect(await readFile(file, 'utf8')).toBe('a/b')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
  expect(await readdir(path.join(root, 'objects', '.drafts'))).toEqual([])
})

test('lists the keys of a bucket that begin with a prefix, in the order of their bytes', async () => {
  for (const key of ['a/b', 'a-b', 'a/c/d', 'ab', 'B', 'ä']) await write(key)
  expect(await list()).toEqual(['B', 'a-b', 'a/b', 'a/c/d', 'ab', 'ä'])
  expect(await list('a/')).toEqual(['a/b', 'a/c/d'])
  expect(await list('a/c')).toEqual(['a/c/d'])
  expect(await list('none')).toEqual([])
  const listing = store.listObjects({ arguments: { Bucket: 'bucket', Prefix: 'B' }, signal })
  let first: unknown
  for await (const object of listing) first ??= object
  expect(first).toEqual({
    key: 'B',
    size: 1,
    modified: expect.any(Number),
    etag: expect.stringMatching(/^1-[0-9a-f]+$/),
  })
})

test('says in the words of S3 what is not there', async () => {
  await write('a/b')
  await expect(read('none')).rejects.toThrow('The specified key does not exist.')
  await expect(read('a')).rejects.toThrow('The specified key does not exist.')
  await expect(read('a/b/c')).rejects.toThrow('The specified key does not exist.')
  await expect(list('', 'nobody')).rejects.toThrow('The specified bucket does not exist')
})

describe('what leads elsewhere is refused', () => {
  test.each([
    '../x',
    'a/../../x',
    '..',
    '.',
    './x',
    '/etc/passwd',
    'a//b',
    'a/',
    '',
    'a\0b',
    'a\nb',
    'a\\b',
    'x'.repeat(300),
    `${'x/'.repeat(600)}x`,
    '\ud800',
  ])('the key %j', async key => {
    await expect(write(key)).rejects.toThrow('is no key that can be kept here')
    await expect(read(key)).rejects.toThrow('is no key that can be kept here')
  })

  test.each(['..', '.drafts', 'a/b', 'A', 'ab', '', 'a..b', 'x'.repeat(64)])(
    'the bucket %j',
    async bucket => {
      await expect(write('k', '', bucket)).rejects.toThrow('is no name of a bucket')
      await expect(read('k', bucket)).rejects.toThrow('is no name of a bucket')
      await expect(list('', bucket)).rejects.toThrow('is no name of a bucket')
    },
  )

  test('and a link is no object', async () => {
    await write('a')
    await writeFile(path.join(root, 'secret'), 'secret')
    await symlink(path.join(root, 'secret'), path.join(root, 'objects', 'bucket', 'link'))
    await expect(read('link')).rejects.toThrow('The specified key does not exist.')
    expect(await list()).toEqual(['a'])
  })
})

test('whoever stops reading or writing leaves nothing behind', async () => {
  await write('a', 'x'.repeat(3_000_000))
  const controller = new AbortController()
  const reading = await store.readObject({
    arguments: { Bucket: 'bucket', Key: 'a' },
    signal: controller.signal,
  })
  await expect(
    (async () => {
      for await (const _ of reading) controller.abort(new Error('enough'))
    })(),
  ).rejects.toThrow('enough')
  await expect(
    store.writeObject({
      arguments: { Bucket: 'bucket', Key: 'b', Body: 'x' },
      signal: AbortSignal.abort(),
    }),
  ).rejects.toThrow()
  expect(await list()).toEqual(['a'])
  expect(await readdir(path.join(root, 'objects', '.drafts'))).toEqual([])
})
