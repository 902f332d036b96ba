import { setTimeout as sleep } from 'node:timers/promises'
import { unlessAborted, whenAborted } from '../../src/core/aborted.ts'
import { findNotJson, type Json } from '../../src/core/json.ts'
import type { FailureCode } from '../../src/core/outcome.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import {
  type FromAgent,
  longestValue,
  type OutStream,
  type ToAgent,
} from '../../src/transports/zeromq/agent-messages.ts'
import {
  type Inflow,
  type Outflow,
  openInflow,
  openOutflow,
  openSource,
  type Source,
} from '../../src/transports/zeromq/byte-flow.ts'
import { type AgentCall, type Handler, stopped } from './call.ts'

/** What calls are bounded by. */
export interface RegistryOptions {
  readonly handlers: Readonly<Record<string, Handler>>
  /** Sends a message, and bytes that belong to it, where a session is open. */
  readonly send: (message: FromAgent, bytes?: Uint8Array) => void
  /** Whether a session is open. */
  readonly isOpen: () => boolean
  /** Names this life of the agent. */
  readonly boot: string
  /** Calls that are worked on at once, and those that may wait for their turn. */
  readonly maxCalls: number
  readonly maxWaiting: number
  /** Milliseconds that a call has to end by itself after it was told to. */
  readonly grace: number
}

/** The calls of one life of the agent. */
export interface Registry {
  /** Begins a call, or attaches to one that is known. */
  call(message: Extract<ToAgent, { kind: 'call' }>): void
  /**
   * The session is over. Until the bridge asks again for a call on the next one nothing is said of it: it would not
   * follow what was lost.
   */
  detach(): void
  /** Any other message about a call. False when it breaks the rules. */
  about(message: Extract<ToAgent, { kind: 'data' | 'ack' | 'cancel' | 'forget' }>, bytes: Uint8Array): boolean
  counts(): { readonly running: number; readonly waiting: number }
  /** Takes no more calls, waits so many milliseconds for those under way, and then cancels them. */
  drain(ms: number): Promise<void>
}

/** Answers that the bridge has not confirmed are kept, so many at most; of older ones only the id is. */
const mostKept = 256
const mostRemembered = 20_000

/** At its end the bridge gets so many milliseconds to confirm the last answers. */
const confirming = 2_000

/** A value that is longer than this is no answer any more but a file. */
const mostOfValue = 16 * 1024 * 1024

interface Entry {
  readonly id: string
  readonly controller: AbortController
  readonly source: Source
  readonly input: Inflow
  readonly out: Map<OutStream, Outflow>
  /** Whether the bridge has asked for it on the session that is open. */
  attached: boolean
  /** The bundle that it asked for. */
  needs?: string | undefined
  answer?: FromAgent | undefined
  /** Nobody waits for its answer any more. */
  unwanted?: boolean
}

/**
 * Executes calls, each id at most once. A call that is repeated on another session attaches: what was said and not
 * confirmed is said again, and so is its answer. One that was sent to an earlier life of this agent, or whose answer
 * is not kept any more, is answered `unknown` and not begun.
 */
export function openRegistry(options: RegistryOptions): Registry {
  const entries = new Map<string, Entry>()
  /** Ids whose answer is gone though nobody confirmed it. */
  const remembered = new Set<string>()
  const turns: (() => void)[] = []
  let running = 0
  let draining = false
  const { send } = options
  const say = (entry: Entry, message: FromAgent, bytes?: Uint8Array) => {
    if (entry.attached) send(message, bytes)
  }

  const refuse = (id: string, code: FailureCode, message: string) => send(failed(id, code, message))

  const turn = async (signal: AbortSignal): Promise<boolean> => {
    if (running < options.maxCalls) {
      running++
      return true
    }
    const { promise, resolve } = Promise.withResolvers<'turn'>()
    turns.push(() => resolve('turn'))
    const mine = turns.at(-1)!
    if ((await Promise.race([promise, whenAborted(signal)])) === 'turn') return true
    const at = turns.indexOf(mine)
    if (at >= 0) turns.splice(at, 1)
    // Its turn came just as it was told to end.
    else release()
    return false
  }
  const release = () => {
    const next = turns.shift()
    if (next) next()
    else running--
  }

  const outflow = (entry: Entry, stream: OutStream): Outflow => {
    const known = entry.out.get(stream)
    if (known) return known
    const opened = openOutflow((offset, bytes, end) =>
      say(entry, { kind: 'data', id: entry.id, stream, offset, ...(end ? { end } : {}) }, bytes),
    )
    entry.out.set(stream, opened)
    return opened
  }

  const answerOf = async (entry: Entry, value: Json): Promise<FromAgent> => {
    const problem = findNotJson(value)
    if (problem)
      throw new HostTrouble(
        'exception',
        `it answered ${problem.found} at ${problem.path}, which JSON can't carry`,
      )
    const json = JSON.stringify(value)
    if (json.length <= longestValue) return { kind: 'result', id: entry.id, value }
    const bytes = Buffer.from(json)
    if (bytes.length > mostOfValue)
      throw new HostTrouble(
        'exception',
        `it answered ${bytes.length} bytes, and an answer takes ${mostOfValue} at most; write it to a file there and download that`,
      )
    await unlessAborted(outflow(entry, 'value').write(bytes), entry.controller.signal)
    return { kind: 'result', id: entry.id, streamed: bytes.length }
  }

  const work = async (entry: Entry, message: Extract<ToAgent, { kind: 'call' }>): Promise<void> => {
    const { signal } = entry.controller
    let expired = false
    const timer = setTimeout(
      () => {
        expired = true
        entry.controller.abort(new DOMException('its time is over', 'TimeoutError'))
      },
      Math.min(message.timeout, 2 ** 31 - 1),
    )
    // Whoever reads its input must not go on waiting for it.
    signal.addEventListener('abort', () => entry.source.fail(signal.reason), { once: true })
    const call: AgentCall = {
      id: entry.id,
      signal,
      expired: () => expired,
      timeout: message.timeout,
      input: entry.source.bytes,
      write: async (stream, bytes) => {
        signal.throwIfAborted()
        await unlessAborted(outflow(entry, stream).write(bytes), signal)
      },
      need: sha256 => {
        entry.needs = sha256
        say(entry, { kind: 'need', id: entry.id, sha256 })
      },
    }
    const execute = async (): Promise<FromAgent> => {
      const found = Object.hasOwn(options.handlers, message.name) ? options.handlers[message.name] : undefined
      if (!found)
        throw new HostTrouble(
          'exception',
          `this agent has no function ${JSON.stringify(message.name)}; upgrade it`,
        )
      if (!(await turn(signal))) throw stopped(call, 'waiting for its turn', 'and did not begin')
      // It may be told to end without an end: then others get its turn, and it is said that nobody knows.
      const done = found.handle(message.params, call).finally(release)
      return answerOf(entry, await withinGrace(done, signal, options.grace))
    }
    try {
      entry.answer = await execute()
    } catch (error) {
      const trouble = toTrouble(error, call)
      entry.answer = failed(entry.id, trouble.code, trouble.message, trouble.detail)
    } finally {
      clearTimeout(timer)
      if (entry.unwanted) drop(entry)
      else if (entry.answer) say(entry, entry.answer)
      entry.source.fail(new Error('the call is over'))
      // Nobody may write any more, and what was written is kept until it is confirmed.
      keepFew()
    }
  }

  const drop = (entry: Entry) => {
    for (const out of entry.out.values()) out.abandon(new Error('nobody waits for it'))
    entries.delete(entry.id)
  }
  const keepFew = () => {
    const ended = [...entries.values()].filter(entry => entry.answer)
    for (const entry of ended.slice(0, Math.max(0, ended.length - mostKept))) {
      entries.delete(entry.id)
      remembered.add(entry.id)
    }
    for (const id of remembered) {
      if (remembered.size <= mostRemembered) break
      remembered.delete(id)
    }
  }

  return {
    call(message) {
      const { id } = message
      const known = entries.get(id)
      if (known) {
        known.attached = true
        for (const out of known.out.values()) out.resend()
        if (known.answer) send(known.answer)
        else if (known.needs) send({ kind: 'need', id, sha256: known.needs })
        return
      }
      if (remembered.has(id)) {
        refuse(id, 'unknown', 'it was executed here, and its answer is not kept any more')
        return
      }
      if (message.again !== undefined && message.again !== options.boot) {
        refuse(
          id,
          'unknown',
          'the agent was started anew since it was asked; it may have done it, wholly or in part, or not',
        )
        return
      }
      if (draining) {
        refuse(id, 'unreachable', 'the agent is about to end and takes no more calls; nothing was executed')
        return
      }
      if (turns.length >= options.maxWaiting) {
        refuse(id, 'busy', `the agent works on ${running} calls and ${turns.length} wait; try again later`)
        return
      }
      const source = openSource()
      const entry: Entry = {
        id,
        controller: new AbortController(),
        source,
        attached: true,
        input: openInflow(source.take, taken => say(entry, { kind: 'ack', id, offset: taken }), source.end),
        out: new Map(),
      }
      entries.set(id, entry)
      void work(entry, message)
    },
    detach() {
      for (const entry of entries.values()) entry.attached = false
    },
    about(message, bytes) {
      if (message.kind === 'forget') {
        for (const id of message.ids) {
          const entry = entries.get(id)
          if (entry?.answer) drop(entry)
          else if (entry) entry.unwanted = true
          remembered.delete(id)
        }
        return true
      }
      const entry = entries.get(message.id)
      // What crossed our answer on its way is no mistake.
      if (!entry) return true
      switch (message.kind) {
        case 'cancel':
          entry.controller.abort(new DOMException('cancelled', 'AbortError'))
          return true
        case 'ack':
          return entry.out.get(message.stream)?.acknowledge(message.offset) ?? false
        case 'data':
          return entry.answer !== undefined || entry.input.push(message.offset, bytes, message.end ?? false)
      }
    },
    counts: () => ({ running, waiting: turns.length }),
    async drain(ms) {
      draining = true
      const until = performance.now() + ms
      const busy = () => [...entries.values()].filter(entry => entry.answer === undefined)
      while (busy().length > 0 && performance.now() < until) await sleep(20)
      for (const entry of busy()) entry.controller.abort(new DOMException('the agent ends', 'AbortError'))
      const killed = performance.now() + options.grace + 500
      while (busy().length > 0 && performance.now() < killed) await sleep(20)
      // An answer that was sent has not arrived before it is confirmed; whoever closes the session now may lose it.
      const told = performance.now() + confirming
      while (entries.size > 0 && options.isOpen() && performance.now() < told) await sleep(10)
      for (const entry of entries.values())
        for (const out of entry.out.values()) out.abandon(new Error('the agent ends'))
    },
  }
}

function failed(
  id: string,
  code: FailureCode,
  message: string,
  detail: Record<string, unknown> = {},
): FromAgent {
  return { kind: 'failed', id, code, message: message.slice(0, 60_000), detail: plain(detail) }
}

async function withinGrace<T>(work: Promise<T>, signal: AbortSignal, grace: number): Promise<T> {
  work.catch(() => {})
  const first = await Promise.race([work.then(value => ({ value })), whenAborted(signal)])
  if (first !== 'aborted') return first.value
  const late = await Promise.race([
    work.then(value => ({ value })),
    sleep(grace + 500, 'over' as const, { ref: false }),
  ])
  if (late !== 'over') return late.value
  throw new HostTrouble('unknown', 'it was told to end and did not; it may still be at work')
}

function toTrouble(error: unknown, call: AgentCall): HostTrouble {
  if (error instanceof HostTrouble) return error
  if (call.signal.aborted) return stopped(call, 'the call')
  const message = error instanceof Error ? error.message : String(error)
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? { code: error.code } : {}
  return new HostTrouble('exception', message, { cause: error, detail: code })
}

/** Detail as a message carries it: what JSON can't hold is left out. */
function plain(detail: Record<string, unknown>): Record<string, Json> {
  try {
    const json = JSON.stringify(detail)
    return json.length > longestValue ? {} : (JSON.parse(json) as Record<string, Json>)
  } catch {
    // A detail that refers to itself tells nobody anything.
    return {}
  }
}
