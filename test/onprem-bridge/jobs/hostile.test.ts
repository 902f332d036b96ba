import { describe, expect, test, vi } from 'vitest'
import type { Peer } from '../../../src/transports/zeromq/channel.ts'
import { requestOf } from '../../state/jobs.ts'
import fc from '../../support/fast-check.ts'
import { useBridge } from './harness.ts'

const open = useBridge()

const submit = (id: unknown, request: object = {}) => ({
  kind: 'submit',
  id,
  request: requestOf({ operation: 'echo', args: {}, ...request }),
})
const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`)

describe('a message that is none', () => {
  test.each([
    ['null', null],
    ['a list', []],
    ['nothing', {}],
    ['an unknown kind', { kind: 'format', id: 'x' }],
    ['a kind of a prototype', { kind: '__proto__' }],
    ['a kind that is no text', { kind: { toString: 1 } }],
    ['a field too many', { ...submit('x'), more: 1 }],
    ['an id that is no text', submit(5)],
    ['an id that is too long', submit('x'.repeat(301))],
    ['no request', { kind: 'submit', id: 'x' }],
    ['a request with a field too many', submit('x', { evil: 1 })],
    ['a priority beyond all', { ...submit('x'), priority: 10 }],
    ['a name that is too long', submit('x', { step: 'x'.repeat(10_000) })],
    ['too many keys', { kind: 'have', nonce: 1, keys: Array(1_001).fill('a'.repeat(64)) }],
    ['a negative place', { kind: 'get', nonce: 1, key: 'a'.repeat(64), offset: -1 }],
    [
      'prototypes',
      JSON.parse('{"__proto__":{"kind":"status"},"constructor":{"prototype":{"kind":"status"}}}'),
    ],
    ['a reply', { kind: 'answer', id: 'x', output: 1 }],
  ])('%s is counted, and hurts nobody', async (_name, body) => {
    const { connect, jobs, store } = await open()
    const laptop = connect()
    expect(() => jobs.onPacket(laptop.line.peer, { body: body as object })).not.toThrow()
    expect(jobs.status().garbage).toBe(1)
    expect(store.list({})).toEqual([])
    laptop.submit('good', { operation: 'echo', data: 1 })
    expect(await laptop.hears('answer', 'good')).toMatchObject({ output: 1 })
  })

  test('is answered where it says to whom: to its job, or to its question', async () => {
    const { connect } = await open()
    const laptop = connect()
    laptop.send({ kind: 'submit', id: 'x', request: 5 })
    expect(await laptop.hears('refused', 'x')).toMatchObject({
      error: 'UnexpectedData',
      cause: expect.stringContaining('request'),
    })
    laptop.send({ kind: 'have', nonce: 3, keys: 'all' })
    expect(await laptop.hears('error', 3)).toMatchObject({ error: 'UnexpectedData' })
    laptop.send({ kind: 'who are you' })
    laptop.send({ kind: 'status', nonce: 4 })
    await laptop.hears('status', 4)
    expect(laptop.heard).toHaveLength(3)
  })
})

describe('a message that fits and means harm', () => {
  test.each([
    ['a control character in the id', submit('a\0b')],
    ['half a character in the id', submit('a\ud800')],
    ['a line in the id', submit('a\nb')],
    ['data as deep as a stack', submit('x', { data: nested(100_000) })],
    ['arguments as deep as a stack', submit('x', { args: { size: nested(100_000) } })],
  ])('%s is refused', async (_name, body) => {
    const { connect, jobs, store, events } = await open()
    const laptop = connect()
    jobs.onPacket(laptop.line.peer, { body })
    await laptop.hears('refused')
    expect(store.list({})).toEqual([])
    expect(events).toMatchObject([{ kind: 'refuse', who: 'laptop' }])
    laptop.submit('good', { operation: 'echo', data: 1 })
    expect(await laptop.hears('answer', 'good')).toMatchObject({ output: 1 })
  })

  test('names of prototypes are names like others', async () => {
    const { connect } = await open()
    const laptop = connect()
    const data = JSON.parse('{"__proto__":{"polluted":1},"constructor":2,"toString":3}')
    for (const id of ['__proto__', 'constructor', 'toString']) {
      laptop.submit(id, { operation: 'echo', data, flow: id, step: id })
      expect(await laptop.hears('answer', id)).toMatchObject({ output: { constructor: 2, toString: 3 } })
    }
    laptop.send({ kind: 'cancel', id: 'hasOwnProperty' })
    await laptop.hears('refused', 'hasOwnProperty')
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  test('more messages than are answered at once are told to wait', async () => {
    const { connect, store } = await open({ limits: { inFlight: 10 } })
    const laptop = connect()
    for (let index = 0; index < 50; index++) laptop.submit(`job-${index}`, { operation: 'echo', data: index })
    await laptop.hears('busy', 'job-49')
    await vi.waitFor(() => expect(store.counts().succeeded).toBeGreaterThanOrEqual(10))
    laptop.submit('job-49', { operation: 'echo', data: 49 })
    await laptop.hears('answer', 'job-49')
  })

  test('a stranger and an agent are refused everything', async () => {
    const { connect, jobs } = await open()
    const agent = connect('foo', 'agent')
    agent.submit('x')
    expect((await agent.hears('refused', 'x')).cause).toMatch(/foo has the role agent/)
    const send = vi.fn(() => true)
    const stranger: Peer = { id: 's', key: 'k', identity: undefined, since: 0, send, drop: () => {} }
    for (const body of [submit('x'), { kind: 'status', nonce: 1 }, { kind: 'nonsense' }])
      jobs.onPacket(stranger, { body })
    expect(send.mock.calls.flat()).toMatchObject([{ body: { kind: 'refused' } }, { body: { kind: 'error' } }])
  })
})

test('whatever is sent, nothing is thrown and the bridge goes on', { timeout: 30_000 }, async () => {
  const { connect, jobs } = await open()
  const laptop = connect()
  const kinds = fc.constantFrom('submit', 'cancel', 'have', 'put', 'get', 'status', 'x')
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', 'a'.repeat(64), 'echo', 'touch'),
    fc.jsonValue(),
  )
  const request = fc.oneof(
    fc.jsonValue(),
    fc.record({
      operation: word,
      args: fc.jsonValue(),
      flow: word,
      step: word,
      version: word,
      data: fc.jsonValue(),
    }),
    fc
      .record({ args: fc.jsonValue(), data: fc.jsonValue(), deadline: fc.double() })
      .map(said => requestOf(said as object)),
  )
  const message = fc.record(
    {
      kind: kinds,
      id: word,
      nonce: fc.oneof(fc.nat(), fc.jsonValue()),
      key: word,
      keys: fc.array(word),
      offset: fc.integer(),
      total: fc.integer(),
      request,
      priority: fc.integer(),
      deadline: fc.double(),
      reason: word,
    },
    { requiredKeys: ['kind'] },
  )
  fc.assert(
    fc.property(message, fc.option(fc.uint8Array({ maxLength: 50 }), { nil: undefined }), (body, bytes) => {
      jobs.onPacket(laptop.line.peer, { body: JSON.parse(JSON.stringify(body)), bytes })
    }),
    { numRuns: 3_000 },
  )
  const other = connect('other')
  other.submit('good', { operation: 'echo', data: 1 })
  expect(await other.hears('answer', 'good')).toMatchObject({ output: 1 })
  expect(jobs.status().garbage).toBeGreaterThan(1_000)
})
