import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSpillFolder } from '../../../src/state/spill-folder.ts'
import { chunkBytes } from '../../../src/transports/zeromq/messages.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import { type Submitter, useBridge } from './harness.ts'

const open = useBridge()
const keyOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const large = Buffer.from(JSON.stringify({ text: 'ä€😀'.repeat(100_000) }))
const key = keyOf(large)

async function put(peer: Submitter, nonce: number, offset: number, bytes: Uint8Array, more: object = {}) {
  peer.send({ kind: 'put', nonce, key, offset, total: large.length, ...more }, bytes)
  await Promise.race([peer.hears('put-ok', nonce), peer.hears('error', nonce)])
  return peer.heard.find(message => 'nonce' in message && message.nonce === nonce)!
}
const chunk = (offset: number) => large.subarray(offset, offset + chunkBytes)

describe('data that is too large for a message', () => {
  test('is put in chunks, used by a job, and got in chunks', async () => {
    const { connect, kept } = await open()
    const laptop = connect()
    laptop.send({ kind: 'have', nonce: 0, keys: [key, key, 'b'.repeat(64)] })
    expect((await laptop.hears('missing', 0)).keys.toSorted()).toEqual([key, 'b'.repeat(64)].toSorted())
    let nonce = 1
    for (let offset = 0; offset < large.length; offset += chunkBytes) {
      expect(kept.kept.has(key)).toBe(false)
      const have = Math.min(large.length, offset + chunkBytes)
      expect(await put(laptop, nonce++, offset, chunk(offset))).toMatchObject({ kind: 'put-ok', have })
    }
    expect(kept.kept.get(key)).toBe(large.toString())
    laptop.send({ kind: 'have', nonce: 50, keys: [key] })
    expect((await laptop.hears('missing', 50)).keys).toEqual([])

    laptop.submit('a', { operation: 'echo', data: { $spilled: key, bytes: large.length } })
    const { output } = (await laptop.hears('answer', 'a')) as { output: any }
    expect(output).toEqual({ $spilled: key, bytes: large.length })
    const got: Uint8Array[] = []
    for (let have = 0; have < large.length; have += got.at(-1)!.length) {
      laptop.send({ kind: 'get', nonce: 100 + got.length, key, offset: have })
      expect(await laptop.hears('chunk', 100 + got.length)).toMatchObject({ total: large.length })
      got.push(laptop.chunks.at(-1)!)
    }
    expect(Buffer.concat(got).equals(large)).toBe(true)
    expect(got.length).toBeGreaterThan(2)
  })

  test('that is here already is not asked for again', async () => {
    const { connect, kept, jobs } = await open()
    await kept.put(large.toString())
    const laptop = connect()
    expect(await put(laptop, 1, 0, chunk(0))).toMatchObject({ kind: 'put-ok', have: large.length })
    expect(jobs.status().uploads).toEqual({ count: 0, bytes: 0 })
  })

  test('is gone on with where it was, after the session broke', async () => {
    const { connect, kept } = await open()
    const laptop = connect()
    await put(laptop, 1, 0, chunk(0))
    laptop.line.cut()
    const again = connect()
    expect(await put(again, 1, 0, chunk(0))).toMatchObject({ have: chunkBytes })
    let nonce = 2
    for (let offset = chunkBytes; offset < large.length; offset += chunkBytes)
      await put(again, nonce++, offset, chunk(offset))
    expect(kept.kept.has(key)).toBe(true)
  })

  test('only counts when it is what its key says, and another can’t spoil it', async () => {
    const { connect, kept, jobs } = await open()
    const [laptop, other] = [connect('laptop'), connect('other')]
    const small = Buffer.from('"small"')
    const wrong = Buffer.from('"other"')
    const of = { key: keyOf(small), total: small.length }
    await put(other, 1, 0, wrong.subarray(0, 3), of)
    expect(await put(laptop, 1, 0, small, of)).toMatchObject({ kind: 'put-ok', have: small.length })
    expect(await put(other, 2, 3, wrong.subarray(3), of)).toMatchObject({
      kind: 'error',
      error: 'UploadRefused',
    })
    expect([...kept.kept.values()]).toEqual(['"small"'])
    const noText = Buffer.from([0x22, 0xff, 0x22])
    const refused = await put(laptop, 2, 0, noText, { key: keyOf(noText), total: 3 })
    expect(refused).toMatchObject({ error: 'UploadRefused', cause: expect.stringContaining('UTF-8') })
    expect(jobs.status().uploads.count).toBe(0)
  })

  test('that does not fit together is refused', async () => {
    const { connect } = await open({ limits: { uploadBytes: 1_000_000 } })
    const laptop = connect()
    expect(await put(laptop, 1, 0, chunk(0), { total: 0 })).toMatchObject({ error: 'UploadRefused' })
    expect(await put(laptop, 2, 0, chunk(0), { total: 1_000_001 })).toMatchObject({ error: 'UploadRefused' })
    expect(await put(laptop, 3, 0, chunk(0), { total: 5 })).toMatchObject({ error: 'UploadRefused' })
    expect(await put(laptop, 4, 0, new Uint8Array())).toMatchObject({ error: 'UploadRefused' })
    await put(laptop, 5, 0, chunk(0))
    expect(await put(laptop, 6, chunkBytes, chunk(chunkBytes), { total: 999_999 })).toMatchObject({
      error: 'UploadRefused',
    })
    expect(await put(laptop, 7, chunkBytes, chunk(chunkBytes))).toMatchObject({ have: 0 })
  })

  test('is bounded while it is not whole, and forgotten when nobody goes on', async () => {
    const { connect, jobs, clock } = await open({ limits: { uploadBytes: 10_000, uploadMs: 60_000 } })
    const [greedy, modest] = [connect('greedy'), connect('modest')]
    const of = (letter: string) => ({ key: letter.repeat(64), total: 9_000 })
    const some = Buffer.alloc(4_000)
    await put(greedy, 1, 0, some, of('a'))
    await put(greedy, 2, 0, some, of('b'))
    expect(await put(greedy, 3, 0, some, of('c'))).toMatchObject({ error: 'UploadsFull' })
    expect(jobs.status().uploads).toEqual({ count: 2, bytes: 8_000 })
    expect(await put(modest, 1, 0, some.subarray(0, 2_000), of('a'))).toMatchObject({ have: 2_000 })
    expect(await put(modest, 2, 2_000, some, of('a'))).toMatchObject({ error: 'UploadsFull' })
    await clock.advance(60_000)
    expect(await put(modest, 3, 0, some, of('d'))).toMatchObject({ have: 4_000 })
    expect(jobs.status().uploads).toEqual({ count: 1, bytes: 4_000 })
  })

  test('that is not here can’t be got', async () => {
    const { connect } = await open()
    const laptop = connect()
    laptop.send({ kind: 'get', nonce: 1, key, offset: 0 })
    expect((await laptop.hears('error', 1)).cause).toContain(key)
    laptop.send({ kind: 'get', nonce: 2, key: '../../etc/passwd', offset: 0 })
    expect(await laptop.hears('error', 2)).toMatchObject({ error: 'UnexpectedData' })
  })

  test('is found in a folder without being read', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'reops-kept-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const store = openSpillFolder(path.join(folder, 'spilled'))
    const clock = manualClock()
    const desk = { store, clock, hosts: scriptedHosts({}, clock), out: { publish: () => {} } }
    const { connect } = await open({ desk })
    const laptop = connect()
    laptop.send({ kind: 'have', nonce: 1, keys: [key] })
    expect((await laptop.hears('missing', 1)).keys).toEqual([key])
    await store.put(large.toString())
    laptop.send({ kind: 'have', nonce: 2, keys: [key] })
    expect((await laptop.hears('missing', 2)).keys).toEqual([])
    expect(await readdir(path.join(folder, 'spilled'))).toEqual([key])
    expect(await store.has('..')).toBe(false)
  })

  test('that is asked for chunk by chunk is read once', async () => {
    const clock = manualClock()
    const memory = memoryStore()
    let reads = 0
    const store = {
      ...memory,
      get: (one: string) => {
        reads++
        return memory.get(one)
      },
    }
    const desk = { store, clock, hosts: scriptedHosts({}, clock), out: { publish: () => {} } }
    const { connect } = await open({ desk, limits: { downloadBytes: large.length + 10 } })
    await memory.put(large.toString())
    const other = await memory.put('"other"'.padEnd(1_000))
    const laptop = connect()
    const get = async (nonce: number, of: string, offset: number) => {
      laptop.send({ kind: 'get', nonce, key: of, offset })
      await laptop.hears('chunk', nonce)
    }
    for (let nonce = 0; nonce < 5; nonce++) await get(nonce, key, nonce * 1_000)
    expect(reads).toBe(1)
    await get(5, other, 0)
    await get(6, other, 0)
    await get(7, key, 0)
    expect(reads).toBe(3)
  })
})
