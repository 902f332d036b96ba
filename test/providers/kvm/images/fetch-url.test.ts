import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FetchOptions, fetchImage } from '../../../../src/providers/kvm/images/fetch-image.ts'
import { type ImageServer, sendFile, serve } from './image-server.ts'

const image = randomBytes(300_000)
const sha256 = sum(image)

function sum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'reops-fetch-'))
})
afterEach(() => rm(cache, { recursive: true, force: true }))

const signal = new AbortController().signal
const fetch = (url: string, options: Partial<FetchOptions> = {}) =>
  fetchImage(url, { cache, signal, backoffMs: 1, retries: 2, idleMs: 5000, ...options })
/** Cuts the connection once so many bytes are on disk, wherever the server stopped to wait for that. */
const cutAt =
  (server: ImageServer, ...places: readonly number[]): FetchOptions['onProgress'] =>
  ({ stage, bytes }) => {
    if (stage === 'downloading' && places.includes(bytes)) server.cut()
  }
const left = async () => (await readdir(cache)).map(name => name.replace(/^[0-9a-f]{16}-/, '')).toSorted()
const failing = async (work: Promise<unknown>) => {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ name: 'ImageNotFetched' })
  return error as Error & { reason: string; resumable?: string; retryable: boolean }
}

describe('a download', () => {
  test('is the file that the server has, and says that nobody vouched for it', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    const got = await fetch(`${server.url}/a/debian-12.qcow2?x=1`)
    expect(got).toMatchObject({ bytes: image.length, sha256, checked: false, cached: false })
    expect(await readFile(got.file)).toEqual(image)
    expect(got.file).toMatch(/-debian-12\.qcow2$/)
    expect(await left()).toEqual(['debian-12.qcow2', 'debian-12.qcow2.json'])
  })

  test.each([sha256, `sha256:${sha256.toUpperCase()}`])('is checked against %s', async given => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    expect(await fetch(server.url, { sha256: given })).toMatchObject({ checked: true })
  })

  test('with another sum is refused and leaves nothing', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image, { etag: '"1"' }))
    const error = await failing(fetch(server.url, { sha256: '0'.repeat(64) }))
    expect(error).toMatchObject({ reason: 'checksum', resumable: undefined, retryable: false })
    expect(error.message).toContain(sha256)
    expect(await left()).toEqual([])
    expect(server.asked).toHaveLength(1)
  })

  test('tells how far it is', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    const seen: string[] = []
    let most = 0
    await fetch(server.url, {
      onProgress: ({ stage, bytes, total }) => {
        if (seen.at(-1) !== stage) seen.push(stage)
        expect(total).toBe(image.length)
        most = Math.max(most, bytes)
      },
    })
    expect(seen).toEqual(['downloading', 'checking'])
    expect(most).toBe(image.length)
  })

  test('of a length that is not known is taken too', async () => {
    await using server = await serve((_, response) => {
      response.write(image.subarray(0, 1000))
      response.end(image.subarray(1000))
    })
    expect(await fetch(server.url)).toMatchObject({ sha256 })
  })

  test.each([
    ['gzip', gzipSync(image), 'disk.raw.gz'],
    ['zstd', zstdCompressSync(image), 'disk.raw.zst'],
  ])('that is packed with %s is unpacked', async (_, packed, name) => {
    await using server = await serve((asked, response) => sendFile(asked, response, packed))
    const got = await fetch(`${server.url}/${name}`, { sha256: sum(packed) })
    expect(got).toMatchObject({ bytes: image.length, sha256: sum(packed), checked: true })
    expect(await readFile(got.file)).toEqual(image)
    expect(await left()).toEqual(['disk.raw', 'disk.raw.json'])
    expect(await fetch(`${server.url}/${name}`, { sha256: sum(packed) })).toMatchObject({ cached: true })
  })

  test('that unpacks to more than is taken, or is damaged, leaves nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(5_000_000))
    const damaged = gzipSync(image).subarray(0, 100_000)
    await using server = await serve(({ path, headers, count }, response) =>
      sendFile({ path, headers, count }, response, path === '/bomb' ? bomb : damaged),
    )
    expect(await failing(fetch(`${server.url}/bomb`, { mostBytes: 1_000_000 }))).toMatchObject({
      reason: 'too-large',
    })
    expect(await failing(fetch(`${server.url}/damaged`))).toMatchObject({ reason: 'checksum' })
    expect(await left()).toEqual([])
  })
})

describe('a finished download', () => {
  test('is not repeated while it has the sum that is asked for', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    await fetch(server.url, { sha256 })
    expect(await fetch(server.url, { sha256 })).toMatchObject({ cached: true, checked: true, sha256 })
    expect(server.asked).toHaveLength(1)
  })

  test('without a sum is used while the server has no newer file', async () => {
    let now = { file: image, etag: '"1"' }
    await using server = await serve((asked, response) => sendFile(asked, response, now.file, now))
    await fetch(server.url)
    expect(await fetch(server.url)).toMatchObject({ cached: true, checked: false })
    now = { file: randomBytes(1000), etag: '"2"' }
    expect(await fetch(server.url)).toMatchObject({ cached: false, bytes: 1000 })
  })

  test('that was changed or removed on disk is fetched again', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    const { file } = await fetch(server.url, { sha256 })
    await writeFile(file, 'short')
    expect(await fetch(server.url, { sha256 })).toMatchObject({ cached: false, bytes: image.length })
  })

  test('whose record is damaged is fetched again', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    const { file } = await fetch(server.url, { sha256 })
    await writeFile(`${file}.json`, '{"url":')
    expect(await fetch(server.url, { sha256 })).toMatchObject({ cached: false })
  })
})

describe('a download that is cut', () => {
  test('goes on where it was, when the server can tell that the file is the same', async () => {
    await using server = await serve((asked, response) =>
      sendFile(asked, response, image, { etag: '"1"', stallAfter: asked.count < 3 ? 100_000 : undefined }),
    )
    expect(await fetch(server.url, { sha256, onProgress: cutAt(server, 100_000, 200_000) })).toMatchObject({
      checked: true,
    })
    expect(server.asked.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=100000-',
      'bytes=200000-',
    ])
    expect(server.asked[1]?.headers['if-range']).toBe('"1"')
  })

  test('starts again when the server can not tell', async () => {
    await using server = await serve((asked, response) =>
      sendFile(asked, response, image, { stallAfter: asked.count < 2 ? 100_000 : undefined }),
    )
    expect(await fetch(server.url, { sha256, onProgress: cutAt(server, 100_000, 200_000) })).toMatchObject({
      checked: true,
    })
    expect(server.asked.map(({ headers }) => headers.range)).toEqual([undefined, undefined])
  })

  test('starts again when the file has changed meanwhile', async () => {
    await using server = await serve((asked, response) =>
      asked.count === 1
        ? sendFile(asked, response, randomBytes(300_000), { etag: '"old"', stallAfter: 100_000 })
        : sendFile(asked, response, image, { etag: '"new"' }),
    )
    expect(await fetch(server.url, { sha256, onProgress: cutAt(server, 100_000, 200_000) })).toMatchObject({
      checked: true,
    })
  })

  test.each([
    ['another place', 'bytes 5-299999/300000'],
    ['only some of the rest', 'bytes 100000-200000/300000'],
    ['no place', 'nonsense'],
  ])('starts again when the server sends %s', async (_, range) => {
    await using server = await serve((asked, response) => {
      if (asked.count !== 2)
        return sendFile(asked, response, image, {
          etag: '"1"',
          stallAfter: asked.count === 1 ? 100_000 : undefined,
        })
      return response.writeHead(206, { 'content-range': range }).end(image.subarray(0, 10))
    })
    expect(await fetch(server.url, { sha256, onProgress: cutAt(server, 100_000, 200_000) })).toMatchObject({
      checked: true,
    })
    expect(server.asked[2]?.headers.range).toBeUndefined()
  })

  test('again and again is kept as a part that the next fetch goes on with', async () => {
    let stallAfter: number | undefined = 50_000
    await using server = await serve((asked, response) =>
      sendFile(asked, response, image, { etag: '"1"', stallAfter }),
    )
    const error = await failing(
      fetch(server.url, { sha256, onProgress: cutAt(server, 50_000, 100_000, 150_000) }),
    )
    expect(error).toMatchObject({
      reason: 'unreachable',
      retryable: true,
      resumable: expect.stringMatching(/\.part$/),
    })
    expect(error.message).toMatch(/in 3 attempts: .*150000 of 300000 bytes are kept in .*\.part/)
    stallAfter = undefined
    expect(await fetch(server.url, { sha256 })).toMatchObject({
      checked: true,
    })
    expect(server.asked.at(-1)?.headers.range).toBe('bytes=150000-')
    expect(await left()).toEqual(['image', 'image.json'])
  })

  test('leaves nothing where it could not be gone on with', async () => {
    await using server = await serve((asked, response) =>
      sendFile(asked, response, image, { cutAfter: 50_000 }),
    )
    expect(await failing(fetch(server.url))).toMatchObject({ reason: 'unreachable', resumable: undefined })
    expect(await left()).toEqual([])
  })

  test('by silence is tried again', async () => {
    await using server = await serve((asked, response) =>
      sendFile(asked, response, image, { etag: '"1"', stallAfter: asked.count === 1 ? 1000 : undefined }),
    )
    expect(await fetch(server.url, { sha256, idleMs: 100 })).toMatchObject({ checked: true })
    expect(server.asked).toHaveLength(2)
  })
})

describe('a fetch that is cancelled', () => {
  test('keeps the part and says so', async () => {
    const stop = new AbortController()
    await using server = await serve((asked, response) =>
      sendFile(asked, response, image, { etag: '"1"', stallAfter: asked.count === 1 ? 70_000 : undefined }),
    )
    const work = fetch(server.url, {
      signal: stop.signal,
      onProgress: ({ bytes }) => bytes === 70_000 && stop.abort(),
    })
    const error = await failing(work)
    expect(error.reason).toBe('cancelled')
    expect(error.message).toMatch(
      /was cancelled; 70000 of 300000 bytes are kept in .*\.part, and the next fetch/,
    )
    expect(await left()).toEqual(['image.json', 'image.part'])
    expect(await fetch(server.url, { sha256 })).toMatchObject({ checked: true })
    expect(server.asked.at(-1)?.headers.range).toBe('bytes=70000-')
  })

  test('leaves nothing where the part would be of no use', async () => {
    const stop = new AbortController()
    await using server = await serve((asked, response) =>
      sendFile(asked, response, image, { stallAfter: 70_000 }),
    )
    const work = fetch(server.url, { signal: stop.signal, onProgress: () => stop.abort() })
    expect(await failing(work)).toMatchObject({ reason: 'cancelled', resumable: undefined })
    expect(await left()).toEqual([])
  })

  test('before it starts asks nobody', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    expect(await failing(fetch(server.url, { signal: AbortSignal.abort() }))).toMatchObject({
      reason: 'cancelled',
    })
    expect(server.asked).toEqual([])
    expect(await left()).toEqual([])
  })

  test('while it waits to try again does not wait', async () => {
    const stop = new AbortController()
    await using server = await serve((_, response) => {
      response.writeHead(503, { 'retry-after': '30' }).end()
      setTimeout(() => stop.abort(), 20)
    })
    expect(await failing(fetch(server.url, { signal: stop.signal }))).toMatchObject({ reason: 'cancelled' })
    expect(server.asked).toHaveLength(1)
  })
})
