import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Json } from '../../../../src/core/json.ts'
import type { SpillStore } from '../../../../src/core/spill.ts'
import type { ToBridge } from '../../../../src/transports/zeromq/messages.ts'
import { fakeClock } from '../../../executor/fake-clock.ts'
import { calling, rejection, request, type Script, scriptedClient, sha256 } from './scripted.ts'

const big = (bytes: number) => JSON.stringify(randomBytes(bytes / 2).toString('hex'))

async function keep(store: SpillStore, json: string): Promise<Json> {
  return { $spilled: await store.put(json), bytes: Buffer.byteLength(json) }
}

/** Answers every job by this. */
const answering =
  (output: Json, more: Script = () => undefined): Script =>
  (message, at) => {
    if (message.kind === 'submit') at.peer.send({ body: { kind: 'answer', id: message.id, output } })
    return more(message, at)
  }

test('what a request refers to is with the bridge before the job is, also what kept data refers to', async () => {
  const { client, own, theirs, kinds } = scriptedClient(answering(null))
  const inner = await keep(own, big(600_000))
  const outer = await keep(own, JSON.stringify([inner, 'and more']))
  const args = await keep(own, big(10))
  await client.answer(request({ deep: [outer] }, { args: { content: args } }), calling('one/1').call)
  expect(theirs.kept).toEqual(own.kept)
  expect(kinds().at(-1)).toBe('submit')
  // Three chunks of the large one, and one of each of the others.
  expect(kinds().filter(kind => kind === 'put')).toHaveLength(5)
})

test('what the bridge has is not sent again, and what many jobs refer to is sent once', async () => {
  const { client, own, theirs, kinds } = scriptedClient(answering(null))
  const shared = await keep(own, big(600_000))
  const known = big(100)
  await theirs.put(known)
  const data = [shared, await keep(own, known)]
  await Promise.all([1, 2, 3].map(n => client.answer(request(data), calling(`one/${n}`).call)))
  expect(kinds().filter(kind => kind === 'put')).toHaveLength(3)
})

test('what an answer refers to is here, whole and right, when the answer is', async () => {
  const inner = big(600_000)
  const outer = JSON.stringify({ rows: { $spilled: sha256(inner), bytes: inner.length } })
  const output = [{ $spilled: sha256(outer), bytes: outer.length }]
  const { client, own, theirs } = scriptedClient(answering(output))
  await theirs.put(inner)
  await theirs.put(outer)
  expect(await client.answer(request(1), calling('one/1').call)).toEqual(output)
  expect(own.kept).toEqual(theirs.kept)
})

test('a session that breaks in the middle of chunks goes on where it was', async () => {
  const json = big(1_000_000)
  const output = { $spilled: sha256(json), bytes: json.length }
  let got = 0
  const { client, own, theirs, line, heard } = scriptedClient(
    answering(output, ({ kind }) => {
      if (kind !== 'get' || ++got !== 3) return
      line.cut()
      line.reconnect()
      return 'nothing is answered'
    }),
  )
  await theirs.put(json)
  await client.answer(request(1), calling('one/1').call)
  expect(own.kept.get(sha256(json))).toBe(json)
  const offsets = heard.flatMap(message => (message.kind === 'get' ? [message.offset] : []))
  expect(offsets).toEqual([0, 1, 2, 2, 3].map(n => n * 256 * 1024))
})

test('a session that breaks while data is sent is followed by one on which it is sent', async () => {
  let put = 0
  const { client, own, theirs, line } = scriptedClient(
    answering(null, ({ kind }) => {
      if (kind !== 'put' || ++put !== 1) return
      line.cut()
      line.reconnect()
      return 'nothing is answered'
    }),
  )
  const data = await keep(own, big(300_000))
  await client.answer(request(data), calling('one/1').call)
  expect(theirs.kept).toEqual(own.kept)
})

test('data that is not kept here any more fails the job before it is given', async () => {
  const { client, kinds } = scriptedClient(answering(null))
  const error = await rejection(
    client.answer(request({ $spilled: 'a'.repeat(64), bytes: 1 }), calling('one/1').call),
  )
  expect(error.message).toContain('nothing is kept')
  expect(kinds()).toEqual(['have'])
})

test('a bridge that can’t keep data is asked a few times and then refused by name', async () => {
  const { client, own, kinds } = scriptedClient(
    (message, { peer }) => {
      if (message.kind !== 'put') return
      const { nonce } = message
      peer.send({ body: { kind: 'error', nonce, error: 'DiskFull', cause: 'no space is left' } })
      return 'told'
    },
    { clock: fakeClock(), limits: { askMs: 1e9 } },
  )
  const data = await keep(own, big(100))
  const error = await rejection(client.answer(request(data), calling('one/1').call))
  expect(error.name).toBe('BridgeRefused')
  expect(error.message).toContain('no space is left')
  expect(kinds()).not.toContain('submit')
  expect(kinds().filter(kind => kind === 'put')).toHaveLength(5)
})

const right = JSON.stringify('x'.repeat(1_000))
const reference = { $spilled: sha256(right), bytes: right.length }

type Chunk = (get: Extract<ToBridge, { kind: 'get' }>) => { total: number; bytes: Uint8Array }

test.each<[string, Chunk]>([
  ['of something else', () => ({ total: right.length, bytes: Buffer.alloc(right.length, 'y') })],
  ['that are empty', () => ({ total: right.length, bytes: Buffer.alloc(0) })],
  ['that never end', () => ({ total: 1e12, bytes: Buffer.alloc(1_000) })],
  ['that are longer than said', () => ({ total: right.length, bytes: Buffer.alloc(right.length + 1) })],
  ['that are too large', () => ({ total: right.length, bytes: Buffer.alloc(900_000) })],
])('chunks %s are counted, asked for again and refused by name', async (_what, chunk) => {
  const { client, own } = scriptedClient(
    answering(reference, (message, { peer }) => {
      if (message.kind !== 'get') return
      const { total, bytes } = chunk(message)
      peer.send({ body: { kind: 'chunk', nonce: message.nonce, total }, bytes })
      return 'sent'
    }),
    { clock: fakeClock(), limits: { askMs: 1e9 } },
  )
  const error = await rejection(client.answer(request(1), calling('one/1').call))
  expect(error).toMatchObject({ name: 'TaskFailed', error: 'Unknown' })
  expect(error.failure).toMatch(/could not be fetched.*The work is done/)
  expect(client.strays.garbage).toBeGreaterThan(0)
  expect(own.kept.size).toBe(0)
})

test('an answer that claims more than this end takes is not fetched at all', async () => {
  const { client, kinds } = scriptedClient(answering({ $spilled: 'b'.repeat(64), bytes: 1e12 }))
  const error = await rejection(client.answer(request(1), calling('one/1').call))
  expect(error).toMatchObject({ error: 'Unknown' })
  expect(kinds()).toEqual(['submit'])
})

test('an answer of more pieces than this end takes is refused by name', async () => {
  const pieces = Array.from({ length: 20 }, (_, n) => `"${n}"`)
  const output = pieces.map(json => ({ $spilled: sha256(json), bytes: json.length }))
  const { client, theirs } = scriptedClient(answering(output), { limits: { references: 10 } })
  for (const json of pieces) await theirs.put(json)
  expect(await rejection(client.answer(request(1), calling('one/1').call))).toMatchObject({
    error: 'Unknown',
    failure: expect.stringContaining('more than 10 pieces'),
  })
})

test('no more pieces are under way at once than there are turns', async () => {
  const pieces = Array.from({ length: 12 }, (_, n) => JSON.stringify('z'.repeat(n + 1)))
  let waiting: (() => void)[] = []
  let most = 0
  const { client, own } = scriptedClient(
    answering(null, (message, { peer }) => {
      if (message.kind !== 'put') return
      const { nonce, total } = message
      waiting.push(() => peer.send({ body: { kind: 'put-ok', nonce, have: total } }))
      most = Math.max(most, waiting.length)
      setImmediate(() => {
        const all = waiting
        waiting = []
        for (const answer of all) answer()
      })
      return 'later'
    }),
    { limits: { transfers: 3 } },
  )
  const data: Json[] = []
  for (const json of pieces) data.push(await keep(own, json))
  await client.answer(request(data), calling('one/1').call)
  expect(most).toBe(3)
})

test('what is no message is counted, and so is what nobody waits for', async () => {
  const deep = JSON.parse(`${'['.repeat(2_000)}${']'.repeat(2_000)}`) as Json
  const { client } = scriptedClient((message, { peer }) => {
    if (message.kind !== 'submit') return
    const { id } = message
    const junk: object[] = [
      {},
      [],
      { kind: 'answer' },
      { kind: 'answer', id, output: 1, more: true },
      { kind: 'accepted', id: '', state: 'x' },
      { kind: 'heartbeat', ids: 'all' },
      { kind: 'busy', id, retryAfterMs: 'soon', why: '' },
      { kind: 'exec', id },
      { kind: 'chunk', nonce: -1, total: 0 },
      { kind: '__proto__' },
      { kind: 'answer', id, output: deep },
    ]
    const stray: object[] = [
      { kind: 'answer', id: 'two/1', output: 1 },
      { kind: 'failed', id: 'constructor', state: 'failed', error: 'E', cause: '' },
      { kind: 'put-ok', nonce: 77, have: 1 },
      { kind: 'heartbeat', ids: ['two/1', '__proto__'] },
      { kind: 'status', nonce: 5, status: {} },
    ]
    for (const body of [...junk, ...stray]) peer.send({ body })
    peer.send({ body: { kind: 'answer', id, output: 'still here' } })
  })
  expect(await client.answer(request(1), calling('one/1').call)).toBe('still here')
  expect(client.strays).toEqual({ garbage: 11, unasked: 5 })
})

test('kept data that is nested without end does not harm this end', async () => {
  const text = `{"$spilled":${'['.repeat(50_000)}${']'.repeat(50_000)}}`
  const output = { $spilled: sha256(text), bytes: text.length }
  const { client, theirs } = scriptedClient(answering(output))
  await theirs.put(text)
  expect(await client.answer(request(1), calling('one/1').call)).toEqual(output)
})
