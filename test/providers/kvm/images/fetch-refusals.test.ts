import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hold } from '../../../../src/providers/kvm/images/fetch/hold.ts'
import { type FetchOptions, fetchImage } from '../../../../src/providers/kvm/images/fetch-image.ts'
import { sendFile, serve } from './image-server.ts'

const image = randomBytes(20_000)

let cache: string
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'reops-fetch-'))
})
afterEach(() => rm(cache, { recursive: true, force: true }))

const signal = new AbortController().signal
const fetch = (source: string, options: Partial<FetchOptions> = {}) =>
  fetchImage(source, { cache, signal, backoffMs: 1, retries: 2, ...options })
const refused = (reason: string, message: string) =>
  expect.objectContaining({ name: 'ImageNotFetched', reason, message: expect.stringContaining(message) })

describe('an address is refused', () => {
  test.each([
    ['ftp://127.0.0.1/x', 'not by ftp:'],
    ['http://me:secret@127.0.0.1/x', 'holds a login'],
    ['http://', 'no address'],
    ['https://127.0.0.1/disk.qcow2.xz', 'unxz'],
    ['http://127.0.0.1/machine.ova', 'tar -xf'],
    ['./disk.zip', 'unzip'],
  ])('%s', async (source, message) => {
    await expect(fetch(source)).rejects.toThrow(refused('source', message))
    await expect(fetch(source)).rejects.not.toThrow('secret')
  })

  test('with a sum that is none', async () =>
    expect(fetch('http://127.0.0.1/x', { sha256: 'md5:1' })).rejects.toThrow(
      refused('source', '64 hexadecimal'),
    ))
})

describe('a server', () => {
  test.each([
    [404, 'look whether the address is right'],
    [410, 'answers 410'],
    [403, 'wants a login'],
    [304, 'was not asked that'],
  ])('that answers %d is not asked again', async (status, message) => {
    await using server = await serve((_, response) => response.writeHead(status).end())
    await expect(fetch(server.url)).rejects.toThrow(refused('missing', message))
    expect(server.asked).toHaveLength(1)
    expect(await readdir(cache)).toEqual([])
  })

  test.each([500, 503, 429])('that answers %d is asked again, and then no more', async status => {
    await using server = await serve((_, response) => response.writeHead(status).end())
    await expect(fetch(server.url)).rejects.toThrow(
      refused('unreachable', `3 attempts: it answers ${status}`),
    )
    expect(server.asked).toHaveLength(3)
  })

  test('that is not there is tried again, and then no more', async () => {
    const gone = await serve(() => {})
    await gone[Symbol.asyncDispose]()
    await expect(fetch(gone.url)).rejects.toThrow(refused('unreachable', 'ECONNREFUSED'))
  })

  test('that sends more than is taken is cut off, whether it says so before or not', async () => {
    await using server = await serve((asked, response) => {
      if (asked.path === '/says') return sendFile(asked, response, image)
      response.write(image)
      return response.end(image)
    })
    await expect(fetch(`${server.url}/says`, { mostBytes: 100 })).rejects.toThrow(
      refused('too-large', '20000'),
    )
    await expect(fetch(`${server.url}/not`, { mostBytes: 30_000 })).rejects.toThrow(
      refused('too-large', '30000'),
    )
    expect(await readdir(cache)).toEqual([])
  })

  test('that claims more than it sends is not believed', async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 20_001 })
      response.write(image, () => response.socket?.destroySoon())
    })
    await expect(fetch(server.url)).rejects.toThrow(refused('unreachable', '3 attempts'))
    expect(await readdir(cache)).toEqual([])
  })
})

describe('redirects', () => {
  test('are followed, to another path and to another server', async () => {
    await using there = await serve((asked, response) => sendFile(asked, response, image))
    await using server = await serve(({ path }, response) =>
      response.writeHead(302, { location: path === '/a' ? '/b' : `${there.url}/c` }).end(),
    )
    expect(await fetch(`${server.url}/a`)).toMatchObject({ bytes: image.length })
  })

  test.each([
    ['without end', '/a', 'more than 5 times'],
    ['to a file', 'file:///etc/passwd', 'not by file:'],
    ['to a login', 'http://me:secret@127.0.0.1/', 'holds a login'],
    ['to nowhere', 'http://[', 'no address'],
  ])('%s are refused', async (_, location, message) => {
    await using server = await serve((_asked, response) => response.writeHead(301, { location }).end())
    await expect(fetch(`${server.url}/a`)).rejects.toThrow(refused('source', message))
    expect(server.asked.length).toBeLessThanOrEqual(6)
  })
})

describe('a path', () => {
  test('is answered as it is', async () => {
    const file = join(cache, 'disk.qcow2')
    await writeFile(file, image)
    for (const source of [file, pathToFileURL(file).href])
      expect(await fetch(source, { cache: join(cache, 'own') })).toEqual({
        file,
        bytes: image.length,
        sha256: undefined,
        checked: false,
        cached: false,
      })
    await expect(fetch(file, { sha256: '0'.repeat(64) })).rejects.toThrow(refused('checksum', 'expected'))
    await expect(fetch(file, { mostBytes: 10 })).rejects.toThrow(refused('too-large', '20000'))
  })

  test('that is packed is unpacked into the cache', async () => {
    const file = join(cache, 'disk.raw.gz')
    await writeFile(file, gzipSync(image))
    const got = await fetch(file, { cache: join(cache, 'own') })
    expect(await readFile(got.file)).toEqual(image)
    expect(got.file).toMatch(/own\/[0-9a-f]{16}-disk\.raw$/)
  })

  test('that is not there, or is a folder, is refused', async () => {
    await expect(fetch(join(cache, 'none'))).rejects.toThrow(refused('missing', 'ENOENT'))
    await expect(fetch(cache)).rejects.toThrow(refused('missing', 'is no file'))
  })
})

describe('the cache', () => {
  test('lets one fetch of an image in at a time', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    const both = await Promise.allSettled([fetch(server.url), fetch(server.url)])
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { reason: 'busy', retryable: true },
    })
    expect(await fetch(server.url)).toMatchObject({ bytes: image.length })
  })

  test('can be held again once it was let go', async () => {
    const lock = join(cache, 'lock')
    const first = await hold(lock)
    expect(await hold(lock)).toBeUndefined()
    await first?.[Symbol.asyncDispose]()
    const second = await hold(lock)
    expect(second).toBeDefined()
    await second?.[Symbol.asyncDispose]()
    expect(await readdir(cache)).toEqual([])
  })

  test('is let go of by a process that is killed', async () => {
    const lock = join(cache, 'lock')
    const module = new URL('../../../../src/providers/kvm/images/fetch/hold.ts', import.meta.url).href
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--disable-warning=ExperimentalWarning',
        '-e',
        `const held = await (await import(${JSON.stringify(module)})).hold(${JSON.stringify(lock)})
        setInterval(() => held, 1000)
        console.log('held')`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const ended = once(holder, 'exit')
    try {
      await once(holder.stdout, 'data')
      expect(await hold(lock)).toBeUndefined()
    } finally {
      holder.kill('SIGKILL')
      await ended
    }
    await using after = await hold(lock)
    expect(after).toBeDefined()
  })

  test('that can not be written is named', async () => {
    await writeFile(join(cache, 'file'), '')
    await expect(fetch('http://127.0.0.1/x', { cache: join(cache, 'file') })).rejects.toThrow(
      refused('storage', 'can not be used'),
    )
  })

  test('whose place is taken by a folder is named too', async () => {
    await using server = await serve((asked, response) => sendFile(asked, response, image))
    const { file } = await fetch(server.url)
    await rm(file)
    await mkdir(`${file}.part`)
    await expect(fetch(server.url)).rejects.toThrow(refused('storage', 'EISDIR'))
    expect(server.asked).toHaveLength(2)
  })
})
