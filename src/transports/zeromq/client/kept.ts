import { createHash } from 'node:crypto'
import type { Json } from '../../../core/json.ts'
import type { Clock } from '../../../core/ports.ts'
import { referencesIn, type Spilled, type SpillStore } from '../../../core/spill.ts'
import { chunkBytes } from '../messages.ts'
import { type ClientLimits, pauseBefore } from './limits.ts'
import { type Link, type Reply, type Session, SessionOver } from './link.ts'
import { openTurns } from './turns.ts'

/** Kept data could not be brought over, and trying again does not help. */
export class DataStuck extends Error {
  override readonly name = 'DataStuck'
}

/** Data that was too large, between our store and the bridge's. */
export interface Kept {
  /** Sees to it that the bridge has all that a value refers to. Rejects with `SessionOver` and `DataStuck`. */
  offer(value: Json, session: Session, signal: AbortSignal): Promise<void>
  /** Brings all that a value refers to into our store, over as many sessions as it takes. Rejects with `DataStuck`. */
  fetch(value: Json, signal: AbortSignal): Promise<void>
}

export interface KeptParts {
  readonly link: Link
  readonly store: SpillStore
  readonly clock: Clock
  readonly random: () => number
  readonly limits: ClientLimits
}

/** The most keys that one question names. */
const keysAtOnce = 1_000

/** Brings kept data over in chunks, a few pieces at once whoever needs them. */
export function openKept({ link, store, clock, random, limits }: KeptParts): Kept {
  const inTurn = openTurns(limits.transfers)
  const putting = new Map<string, Promise<void>>()

  /** What is kept here under a key, if it is. */
  const own = (key: string) => store.get(key).catch(() => undefined)

  const send = async (key: string, session: Session, signal: AbortSignal): Promise<void> => {
    const bytes = Buffer.from(await store.get(key))
    for (let offset = 0, stalled = 0; offset < bytes.length; ) {
      const chunk = bytes.subarray(offset, offset + chunkBytes)
      const put = { kind: 'put', key, offset, total: bytes.length } as const
      const { have } = expect(await link.ask(session, put, signal, chunk), 'put-ok').message
      if (have <= offset || have > bytes.length) {
        link.distrust()
        if (++stalled >= limits.attempts) throw new DataStuck(`the bridge takes no more of ${key}`)
        await clock.sleep(pauseBefore(stalled, random), signal)
      } else offset = have
    }
  }

  /** One piece that several jobs refer to is sent once; who comes later waits for it. */
  const sendOnce = (key: string, session: Session, signal: AbortSignal): Promise<void> => {
    const known = putting.get(key)
    // Whoever began it may be cancelled, which is nothing to the others.
    if (known !== undefined) return known.catch(() => sendOnce(key, session, signal))
    const sent = inTurn(() => send(key, session, signal)).finally(() => putting.delete(key))
    putting.set(key, sent)
    return sent
  }

  const receive = async ({ $spilled: key, bytes }: Spilled, signal: AbortSignal): Promise<string> => {
    if (bytes > limits.keptBytes)
      throw new DataStuck(`${key} has ${bytes} bytes; this end takes ${limits.keptBytes}`)
    const chunks: Uint8Array[] = []
    let have = 0
    for (let failed = 0; have < bytes; ) {
      const session = await link.session(signal)
      try {
        const answer = await link.ask(session, { kind: 'get', key, offset: have }, signal)
        const { message, bytes: chunk = new Uint8Array() } = expect(answer, 'chunk')
        const fits = chunk.length > 0 && chunk.length <= chunkBytes && have + chunk.length <= bytes
        if (message.total !== bytes || !fits) throw new Misfit(`a chunk of ${key} does not fit`)
        chunks.push(chunk)
        have += chunk.length
      } catch (error) {
        if (error instanceof Misfit) link.distrust()
        else if (!(error instanceof SessionOver) && !(error instanceof DataStuck)) throw error
        if (++failed >= limits.attempts) throw new DataStuck((error as Error).message, { cause: error })
        await clock.sleep(pauseBefore(failed, random), signal)
      }
    }
    const whole = Buffer.concat(chunks)
    if (createHash('sha256').update(whole).digest('hex') === key) return text(whole, key)
    link.distrust()
    throw new Misfit(`what came as ${key} is something else`)
  }

  /** A piece that came wrong is asked for again, a few times. */
  const receiveRight = async (reference: Spilled, signal: AbortSignal): Promise<string> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTurn(() => receive(reference, signal))
      } catch (error) {
        if (!(error instanceof Misfit)) throw error
        if (attempt >= limits.attempts) throw new DataStuck(error.message, { cause: error })
        await clock.sleep(pauseBefore(attempt, random), signal)
      }
    }
  }

  return {
    offer: async (value, session, signal) => {
      const keys = await reach(value, limits, async ({ $spilled }) => own($spilled))
      for (let first = 0; first < keys.length; first += keysAtOnce) {
        const asked = keys.slice(first, first + keysAtOnce)
        const reply = expect(await link.ask(session, { kind: 'have', keys: asked }, signal), 'missing')
        const missing = new Set(reply.message.keys)
        const wanted = asked.filter(key => missing.has(key))
        await Promise.all(wanted.map(key => sendOnce(key, session, signal)))
      }
    },
    fetch: async (value, signal) => {
      let left = limits.answerBytes
      await reach(value, limits, async reference => {
        left -= reference.bytes
        if (left < 0) throw new DataStuck(`an answer refers to more than ${limits.answerBytes} bytes`)
        const known = await own(reference.$spilled)
        if (known !== undefined) return known
        const json = await receiveRight(reference, signal)
        await store.put(json)
        return json
      })
    },
  }
}

/** Something came that does not fit what was asked for. */
class Misfit extends Error {}

/** Follows references, those inside of kept data too, and answers their keys. Only one piece is held at a time. */
async function reach(
  value: Json,
  { references }: ClientLimits,
  read: (reference: Spilled) => Promise<string | undefined>,
): Promise<string[]> {
  const keys = new Set<string>()
  const open = [...referencesIn(value)]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (keys.has(next.$spilled)) continue
    keys.add(next.$spilled)
    if (keys.size > references) throw new DataStuck(`there are more than ${references} pieces of kept data`)
    const json = await read(next)
    // Most pieces refer to none, and parsing is what takes long.
    if (json?.includes('"$spilled"')) open.push(...referencesIn(parse(json, next.$spilled)))
  }
  return [...keys]
}

/** The answer that a question takes. An error of the bridge's store is one that may pass. */
function expect<K extends Reply['message']['kind']>(
  { message, bytes }: Reply,
  kind: K,
): { readonly message: Extract<Reply['message'], { kind: K }>; readonly bytes: Uint8Array | undefined } {
  if (message.kind === kind) return { message: message as Extract<Reply['message'], { kind: K }>, bytes }
  throw new DataStuck(
    message.kind === 'error' ? `${message.error}: ${message.cause}` : `it answered ${message.kind}`,
  )
}

function text(bytes: Uint8Array, key: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new DataStuck(`${key} is no text`, { cause })
  }
}

function parse(json: string, key: string): Json {
  try {
    return JSON.parse(json) as Json
  } catch (cause) {
    throw new DataStuck(`${key} is no JSON`, { cause })
  }
}
