import type { Json } from '../../src/core/json.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import type { FromAgent, OutStream, ToAgent } from '../../src/transports/zeromq/agent-messages.ts'
import { type Inflow, type Outflow, openInflow, openOutflow } from '../../src/transports/zeromq/byte-flow.ts'

/** What is asked of an agent. */
export interface CallWish {
  readonly name: string
  readonly params: Json
  readonly signal: AbortSignal
  /** Milliseconds until the agent ends it. */
  readonly timeout: number
  /** Bytes that go along: what a command reads, or files. */
  readonly input?: AsyncIterable<Uint8Array> | undefined
  /** The bundle, which is sent when the agent says that it doesn't have it. */
  readonly bundle?: Uint8Array | undefined
  /** Gets what the call says, a piece at a time and in order; the next comes when this one is resolved. */
  readonly onBytes?:
    | ((stream: Exclude<OutStream, 'value'>, bytes: Uint8Array) => void | Promise<void>)
    | undefined
  /** A stream said its last. */
  readonly onEnd?: (() => void) | undefined
}

/** A call that is under way. */
export interface OpenCall {
  readonly id: string
  readonly wish: CallWish
  readonly answer: Promise<Json>
  /** The life of the agent that it was sent to; absent while it was not sent. */
  sentTo: string | undefined
  readonly endsAt: number
  ended(): boolean
  /** Says again what the agent has not confirmed of the input. */
  resume(): void
  /** Takes what the agent says of it. False for what breaks the rules. */
  take(message: About, bytes: Uint8Array): boolean
  /** Ends it, whatever becomes of it on the host. */
  fail(trouble: HostTrouble): void
}

/** What an agent says of a call. */
export type About = Extract<FromAgent, { kind: 'data' | 'ack' | 'need' | 'result' | 'failed' }>

/** More than this no answer may have; the agent's own limit is the same. */
const mostOfValue = 16 * 1024 * 1024

/** Opens a call. `send` says something where a session is there; `onOver` is called once, however it ends. */
export function openCall(
  id: string,
  host: string,
  wish: CallWish,
  send: (message: ToAgent, bytes?: Uint8Array) => void,
  onOver: () => void,
): OpenCall {
  const answer = Promise.withResolvers<Json>()
  const inflows = new Map<OutStream, Inflow>()
  const value: Uint8Array[] = []
  let valueBytes = 0
  let over = false
  let needed = false

  const input: Outflow = openOutflow((offset, bytes, end) =>
    send({ kind: 'data', id, offset, ...(end ? { end } : {}) }, bytes),
  )
  const end = (settle: () => void) => {
    if (over) return
    over = true
    input.abandon(new Error('the call is over'))
    settle()
    onOver()
  }
  const fail = (trouble: HostTrouble) => end(() => answer.reject(trouble))
  const broken = (why: string) =>
    fail(new HostTrouble('unknown', `${host}: ${why}; it may have been done or not`))

  const keepValue = (bytes: Uint8Array) => {
    valueBytes += bytes.length
    if (valueBytes <= mostOfValue) value.push(bytes)
  }
  const inflow = (stream: OutStream): Inflow => {
    const known = inflows.get(stream)
    if (known) return known
    const take = stream === 'value' ? keepValue : (bytes: Uint8Array) => wish.onBytes?.(stream, bytes)
    const opened = openInflow(take, offset => send({ kind: 'ack', id, stream, offset }), wish.onEnd)
    inflows.set(stream, opened)
    return opened
  }
  const feed = async (from: AsyncIterable<Uint8Array>) => {
    try {
      for await (const bytes of from) await input.write(bytes)
      input.end()
    } catch (error) {
      // Over, or what was to be read here can't be: then it must not be taken for the whole.
      if (over) return
      send({ kind: 'cancel', id })
      fail(
        error instanceof HostTrouble
          ? error
          : new HostTrouble(
              'exception',
              `${host}: ${error instanceof Error ? error.message : String(error)}`,
              { cause: error },
            ),
      )
    }
  }
  /** Everything that was said before an answer is taken before the answer is given. */
  const afterAll = (then: () => void) => {
    Promise.all([...inflows.values()].map(each => each.settled())).then(
      () => end(then),
      (error: unknown) =>
        fail(
          error instanceof HostTrouble
            ? error
            : new HostTrouble('exception', `${host}: ${(error as Error).message}`, { cause: error }),
        ),
    )
  }
  const readValue = (message: Extract<About, { kind: 'result' }>): Json => {
    if (message.streamed === undefined) return message.value ?? null
    if (message.streamed !== valueBytes || valueBytes > mostOfValue)
      throw new HostTrouble(
        'exception',
        `${host}: its agent answered ${valueBytes} bytes, which is too much or not what it said`,
      )
    return JSON.parse(Buffer.concat(value).toString('utf8')) as Json
  }
  answer.promise.catch(() => {})
  if (wish.input) queueMicrotask(() => void (over || feed(wish.input!)))
  return {
    id,
    wish,
    answer: answer.promise,
    sentTo: undefined,
    endsAt: performance.now() + wish.timeout,
    ended: () => over,
    resume: () => input.resend(),
    fail,
    take(message, bytes) {
      switch (message.kind) {
        case 'data': {
          const fits = inflow(message.stream).push(message.offset, bytes, message.end ?? false)
          if (!fits) broken('its agent sent bytes that do not follow those before')
          return fits
        }
        case 'ack':
          return input.acknowledge(message.offset)
        case 'need':
          if (!wish.bundle) {
            send({ kind: 'cancel', id })
            fail(new HostTrouble('exception', `${host}: its agent wants a bundle that nobody gave`))
            return false
          }
          if (!needed) {
            needed = true
            void feed(oneAfterTheOther(wish.bundle))
          }
          return true
        case 'failed':
          afterAll(() =>
            answer.reject(
              new HostTrouble(message.code, `${host}: ${message.message}`, { detail: message.detail }),
            ),
          )
          return true
        case 'result':
          afterAll(() => {
            try {
              answer.resolve(readValue(message))
            } catch (error) {
              answer.reject(
                error instanceof HostTrouble
                  ? error
                  : new HostTrouble('exception', `${host}: what its agent answered can't be read`, {
                      cause: error,
                    }),
              )
            }
          })
          return true
      }
    },
  }
}

async function* oneAfterTheOther(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
