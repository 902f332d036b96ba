import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Agent, type AgentEvent, startAgent } from '../../../onprem-bridge/agent/agent.ts'
import type { Json } from '../../../src/core/json.ts'
import type { Packet, Peer } from '../../../src/transports/zeromq/channel.ts'
import { type Line, openLine } from '../../fakes/channel.ts'
import fc from '../../support/fast-check.ts'
import { type Lab, never, noFacts, openLab, troubleOf, until } from './lab.ts'

let lab: Lab
beforeEach(async () => {
  lab = await openLab({ grace: 20 })
})
afterEach(() => lab.close())

const deep = (levels: number): Json => (levels === 0 ? 1 : [deep(levels - 1)])

/** Bodies near enough to messages that some of them get far. */
const nearly = (kinds: readonly string[]) =>
  fc.record(
    {
      kind: fc.oneof(fc.constantFrom(...kinds), fc.string()),
      id: fc.oneof(fc.constantFrom('a', 'b'), fc.jsonValue()),
      ids: fc.oneof(fc.array(fc.constantFrom('a', 'b')), fc.jsonValue()),
      stream: fc.oneof(fc.constantFrom('stdout', 'value', 'content'), fc.jsonValue()),
      offset: fc.oneof(fc.integer(), fc.nat(3), fc.jsonValue()),
      end: fc.oneof(fc.boolean(), fc.jsonValue()),
      name: fc.oneof(fc.constantFrom('exec', 'stats', 'constructor', '__proto__'), fc.jsonValue()),
      params: fc.jsonValue(),
      timeout: fc.oneof(fc.integer(), fc.constant(5), fc.jsonValue()),
      again: fc.oneof(fc.constant('x'), fc.jsonValue()),
      value: fc.jsonValue(),
      streamed: fc.oneof(fc.nat(), fc.jsonValue()),
      code: fc.oneof(fc.constantFrom('exit', 'unknown'), fc.jsonValue()),
      message: fc.oneof(fc.string(), fc.jsonValue()),
      detail: fc.jsonValue(),
      sha256: fc.oneof(fc.constant('0'.repeat(64)), fc.jsonValue()),
      running: fc.integer(),
      waiting: fc.integer(),
    },
    { requiredKeys: [] },
  )

describe('an agent that means ill', () => {
  /** A far end that registers and then answers as it is told. */
  const evil = (
    answer: (message: { kind: string; id: string }, say: (body: object, bytes?: Uint8Array) => void) => void,
  ): Line => {
    const line: Line = openLine(
      lab.hub.reception,
      {
        onPacket: ({ body }) =>
          answer(body as never, (said, bytes) =>
            line.channel.send({ body: said, ...(bytes ? { bytes } : {}) }),
          ),
      },
      { name: 'evil', role: 'agent' },
    )
    line.channel.send({ body: { kind: 'register', version: 1, agent: '1', boot: 'b', facts: null } })
    return line
  }
  const connected = () => until(() => lab.hub.agents().some(({ state }) => state === 'connected'))
  const call = (timeout = 20_000) => lab.call('evil', 'stats', {}, timeout)
  const toCalls = (act: (id: string, say: (body: object, bytes?: Uint8Array) => void) => void) =>
    evil((message, say) => message.kind === 'call' && act(message.id, say))

  test('answers of calls that never were are counted, and hurt no others', async () => {
    await lab.join('foo')
    const line = evil(() => {})
    await connected()
    for (const kind of ['result', 'failed', 'data', 'ack', 'need'] as const)
      line.channel.send({
        body: {
          kind,
          id: 'never was',
          ...{
            result: { value: 1 },
            failed: { code: 'exit', message: '', detail: {} },
            data: { stream: 'stdout', offset: 0 },
            ack: { offset: 5 },
            need: { sha256: '0'.repeat(64) },
          }[kind],
        },
      })
    await until(() => lab.hub.counts().stray === 5)
    expect((await (await lab.remote('foo')).exec('echo fine', { signal: never })).stdout).toBe('fine\n')
  })

  test('answers of another agent are not its to give', async () => {
    const ids: string[] = []
    const other = openLine(
      lab.hub.reception,
      { onPacket: ({ body }) => ids.push((body as { id?: string }).id ?? '') },
      { name: 'other', role: 'agent' },
    )
    other.channel.send({ body: { kind: 'register', version: 1, agent: '1', boot: 'o', facts: null } })
    const line = evil(() => {})
    await until(() => lab.hub.agents().length === 2)
    const work = lab.call('other', 'stats')
    await until(() => ids.filter(Boolean).length === 1)
    const id = ids.find(Boolean)!
    line.channel.send({ body: { kind: 'result', id, value: 'forged' } })
    await until(() => lab.hub.counts().stray === 1)
    other.channel.send({ body: { kind: 'result', id, value: 'true' } })
    expect(await work).toBe('true')
  })

  test.each<[string, (id: string, say: (body: object, bytes?: Uint8Array) => void) => void, string]>([
    [
      'bytes with a gap',
      (id, say) => say({ kind: 'data', id, stream: 'stdout', offset: 5 }, Buffer.from('x')),
      'unknown',
    ],
    ['a value that it did not send', (id, say) => say({ kind: 'result', id, streamed: 7 }), 'exception'],
    [
      'a value that is no JSON',
      (id, say) => {
        say({ kind: 'data', id, stream: 'value', offset: 0 }, Buffer.from('{"a'))
        say({ kind: 'result', id, streamed: 3 })
      },
      'exception',
    ],
    [
      'a bundle that nobody gave',
      (id, say) => say({ kind: 'need', id, sha256: '0'.repeat(64) }),
      'exception',
    ],
    [
      'a stream that nobody reads',
      (id, say) => {
        say({ kind: 'data', id, stream: 'content', offset: 0 }, Buffer.from('x'))
        say({ kind: 'result', id, value: 1 })
      },
      'exception',
    ],
  ])('a call that is answered with %s fails', async (_what, act, code) => {
    toCalls(act)
    await connected()
    expect((await troubleOf(call())).code).toBe(code)
  })

  test('a second answer changes nothing', async () => {
    toCalls((id, say) => {
      say({ kind: 'result', id, value: 'first' })
      say({ kind: 'result', id, value: 'second' })
      say({ kind: 'failed', id, code: 'exit', message: '', detail: {} })
    })
    await connected()
    expect(await call()).toBe('first')
  })

  test('a value that nests without end is no message at all', async () => {
    toCalls((id, say) => say({ kind: 'result', id, value: deep(500) }))
    await connected()
    expect((await troubleOf(call(50))).code).toBe('unknown')
    expect(lab.hub.counts().nonsense).toBe(1)
  })

  test('a call that is never answered ends all the same, and so does one that is cancelled', async () => {
    evil(() => {})
    await connected()
    expect(await troubleOf(call(20))).toMatchObject({
      code: 'unknown',
      message: expect.stringContaining('neither answered nor ended'),
    })
    const controller = new AbortController()
    const work = troubleOf(lab.call('evil', 'stats', {}, 20_000, controller.signal))
    setImmediate(() => controller.abort())
    expect((await work).code).toBe('cancelled')
    expect(lab.hub.agents()).toMatchObject([{ open: 0 }])
  })

  test('much nonsense ends its session', async () => {
    const line = evil(() => {})
    await connected()
    for (let count = 0; count < 100; count++) line.channel.send({ body: { kind: 'nonsense', count } })
    await until(() => line.channel.state.at === 'refused')
    expect(lab.hub.counts().nonsense).toBe(100)
  })

  test('whatever it sends, the hub goes on', async () => {
    await lab.join('foo')
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            nearly(['enrol', 'register', 'beat', 'data', 'ack', 'need', 'result', 'failed']),
            fc.uint8Array({ maxLength: 20 }),
          ),
        ),
        async said => {
          const line = toCalls((id, say) => {
            for (const [body, bytes] of said) say({ ...body, ...(body.id === 'a' ? { id } : {}) }, bytes)
          })
          await until(() => lab.hub.agents().length === 2)
          await call(1).catch(() => {})
          line.cut()
        },
      ),
      { numRuns: 50 },
    )
    expect(await lab.call('foo', 'collect', { name: 'a', every: 0 })).toMatchObject({ name: 'a' })
  })
})

describe('a bridge that means ill', () => {
  let agent: Agent
  let line: Line
  let peer: Peer
  let heard: { kind: string; id?: string; code?: string; value?: Json; message?: string }[]
  let events: AgentEvent[]
  beforeEach(async () => {
    heard = []
    events = []
    agent = startAgent({
      host: 'foo',
      folder: lab.folder,
      version: '1',
      killGrace: 100,
      maxCalls: 1,
      maxWaiting: 1,
      facts: async () => noFacts,
      onEvent: event => events.push(event),
      dial: listener => {
        line = openLine({ onPacket: (_peer, { body }: Packet) => heard.push(body as never) }, listener, {
          name: 'foo',
          role: 'agent',
        })
        return line.channel
      },
    })
    peer = line.peer
    await until(() => heard.some(({ kind }) => kind === 'register'))
  })
  afterEach(() => {
    // This bridge confirms nothing, which an agent would wait for.
    line.cut()
    return agent.stop(0)
  })

  const ask = (id: string, name: string, params: Json, more = {}) =>
    peer.send({ body: { kind: 'call', id, name, params, timeout: 20_000, ...more } })
  const answerTo = async (id: string) => {
    const find = () =>
      heard.find(each => each.id === id && (each.kind === 'result' || each.kind === 'failed'))
    await until(() => find() !== undefined)
    return find()!
  }

  test('nonsense is counted and does nothing', async () => {
    for (const body of [
      {},
      { kind: 'call' },
      { kind: 'launch', id: 'x' },
      { kind: 'forget', ids: ['x'.repeat(200)] },
    ])
      peer.send({ body })
    await until(() => events.filter(({ kind }) => kind === 'nonsense').length === 4)
    expect(events.at(-1)).toMatchObject({ kind: 'nonsense', count: 4 })
    ask('still', 'collect', { name: 'a', every: 0 })
    expect(await answerTo('still')).toMatchObject({ kind: 'result' })
  })

  test.each([
    ['constructor', {}, 'no function "constructor"'],
    ['no-such', {}, 'upgrade it'],
    ['exec', { command: [] }, "can't do that"],
    ['exec', { command: 'true', env: { 'A B': 'x' } }, "can't do that"],
    ['files', { path: 5 }, "can't do that"],
    ['collect', { name: 'a', every: 1 }, "can't do that"],
    ['evaluate', { bundle: '../../../etc/passwd' }, "can't do that"],
    ['tree.change', { remote: '/tmp/reops-none', remove: ['../x'], chmod: [] }, 'leads out of its folder'],
  ])('a call of %s with %j is refused by name', async (name, params, words) => {
    ask('odd', name, params as Json)
    expect(await answerTo('odd')).toMatchObject({
      kind: 'failed',
      code: 'exception',
      message: expect.stringContaining(words),
    })
  })

  test('a call that is repeated is executed once and answered again, and forgotten when it is told so', async () => {
    const answers = () => heard.filter(({ kind, id }) => kind === 'result' && id === 'once').length
    ask('once', 'exec', { command: `echo x >> ${lab.folder}/once` })
    ask('once', 'exec', { command: `echo x >> ${lab.folder}/once` })
    await answerTo('once')
    ask('once', 'exec', { command: `echo x >> ${lab.folder}/once` })
    await until(() => answers() >= 2)
    peer.send({ body: { kind: 'data', id: 'once', offset: 0 }, bytes: Buffer.from('late input') })
    const { stdout } = await lab
      .join('reader')
      .then(async () => (await lab.remote('reader')).exec(`wc -l < ${lab.folder}/once`, { signal: never }))
    expect(stdout.trim()).toBe('1')
  })

  test('a call that is forgotten while it runs is not answered', async () => {
    ask('left', 'exec', { command: 'sleep 20' })
    peer.send({ body: { kind: 'forget', ids: ['left'] } })
    peer.send({ body: { kind: 'cancel', id: 'left' } })
    ask('next', 'collect', { name: 'a', every: 0 })
    await answerTo('next')
    expect(heard.some(({ id }) => id === 'left')).toBe(false)
  })

  test('a call that was sent to another life is unknown and not begun', async () => {
    ask('old', 'exec', { command: `echo x >> ${lab.folder}/old` }, { again: 'another life' })
    expect(await answerTo('old')).toMatchObject({ kind: 'failed', code: 'unknown' })
  })

  test('calls beyond what it takes are busy, and wait for their turn no longer than they may', async () => {
    ask('one', 'exec', { command: 'sleep 20' })
    ask('two', 'exec', { command: 'true' }, { timeout: 50 })
    await new Promise(resolve => setImmediate(resolve))
    await new Promise(resolve => setImmediate(resolve))
    ask('three', 'exec', { command: 'true' })
    expect(await answerTo('three')).toMatchObject({ code: 'busy' })
    expect(await answerTo('two')).toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('did not begin'),
    })
    peer.send({ body: { kind: 'cancel', id: 'one' } })
    expect(await answerTo('one')).toMatchObject({ code: 'cancelled' })
    ask('four', 'exec', { command: 'true' })
    expect(await answerTo('four')).toMatchObject({ kind: 'result' })
  })

  test('input with a gap, or more than it takes, is counted', async () => {
    ask('in', 'exec', { command: 'sleep 20' })
    peer.send({ body: { kind: 'data', id: 'in', offset: 7 }, bytes: Buffer.from('x') })
    for (let at = 0; at < 10; at++)
      peer.send({ body: { kind: 'data', id: 'in', offset: at * 262_144 }, bytes: Buffer.alloc(262_144) })
    await until(() => events.some(({ kind }) => kind === 'nonsense'))
    peer.send({ body: { kind: 'cancel', id: 'in' } })
    expect(await answerTo('in')).toMatchObject({ code: 'cancelled' })
  })

  test.each([
    ['../out', 'lead out'],
    ['/etc/x', 'lead out'],
    ['a/../../out', 'lead out'],
    ['a//b', 'lead out'],
    ['a\0b', 'lead out'],
  ])('a file that is named %j is written nowhere', async (name, words) => {
    ask('file', 'tree.write', { remote: `${lab.folder}/tree` })
    const header = Buffer.from(JSON.stringify({ kind: 'file', path: name, mode: 0o644, size: 1 }))
    const length = Buffer.alloc(4)
    length.writeUInt32BE(header.length)
    const bytes = Buffer.concat([length, header, Buffer.from('x')])
    peer.send({ body: { kind: 'data', id: 'file', offset: 0, end: true }, bytes })
    expect(await answerTo('file')).toMatchObject({
      code: 'exception',
      message: expect.stringContaining(words),
    })
  })

  test('files that are none, or end in the middle of one, are refused', async () => {
    for (const [id, bytes] of [
      ['huge', Buffer.from('ffffffff', 'hex')],
      ['cut', Buffer.from('00000005', 'hex')],
      ['junk', Buffer.concat([Buffer.from('00000002', 'hex'), Buffer.from('{}')])],
    ] as const) {
      ask(id, 'tree.write', { remote: `${lab.folder}/tree` })
      peer.send({ body: { kind: 'data', id, offset: 0, end: true }, bytes })
      expect(await answerTo(id)).toMatchObject({ kind: 'failed', code: 'exception' })
    }
  })

  test('whatever it sends, the agent goes on', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            nearly(['registered', 'call', 'data', 'ack', 'cancel', 'forget']).filter(
              body => body.name !== 'exec',
            ),
            fc.uint8Array({ maxLength: 20 }),
          ),
        ),
        async said => {
          for (const [body, bytes] of said) peer.send({ body, bytes })
          await new Promise(resolve => setImmediate(resolve))
        },
      ),
      { numRuns: 100 },
    )
    peer.send({ body: { kind: 'cancel', id: 'a' } })
    peer.send({ body: { kind: 'cancel', id: 'b' } })
    await until(() => {
      ask('after', 'collect', { name: 'a', every: 0 })
      return heard.some(({ id, kind }) => id === 'after' && kind === 'result')
    })
  })
})
