import type { Clock } from '../../../core/ports.ts'
import type { Channel, ChannelListener, ChannelState, Packet } from '../channel.ts'
import { type FromBridge, fromBridge, type ToBridge } from '../messages.ts'

/** A session ended, or a question on it was left without an answer: it is put again on the next. */
export class SessionOver extends Error {
  override readonly name = 'SessionOver'
}

/** The far end does not want us, or we closed: there will be no session any more. */
export class NoMoreSessions extends Error {
  override readonly name = 'NoMoreSessions'
  readonly closed: boolean

  constructor(why: string, closed: boolean) {
    super(why)
    this.closed = closed
  }
}

/** One session. `over` is aborted with a `SessionOver` when it ends. */
export interface Session {
  readonly over: AbortSignal
}

/** An answer to a question, with the bytes that came along. */
export interface Reply {
  readonly message: Extract<FromBridge, { readonly nonce: number }>
  readonly bytes: Uint8Array | undefined
}

/** What a bridge says of jobs, and of us where it names none. */
export type JobMessage = Exclude<FromBridge, { readonly nonce: number }>

type Asking = Extract<ToBridge, { readonly nonce: number }>
type Question = Asking extends infer Q ? (Q extends Asking ? Omit<Q, 'nonce'> : never) : never

export interface Link {
  /** Waits for a session. Rejects with `NoMoreSessions`, and with the signal's reason. */
  session(signal: AbortSignal): Promise<Session>
  /** False when this session is over. */
  send(session: Session, message: ToBridge): boolean
  /** Rejects with `SessionOver`, also when nothing is answered in time, and with the signal's reason. */
  ask(session: Session, question: Question, signal: AbortSignal, bytes?: Uint8Array): Promise<Reply>
  /** Why there is no session, as far as is known. */
  readonly why: string | undefined
  /** What came that was no message, or that nobody waits for any more. */
  readonly strays: { readonly garbage: number; readonly unasked: number }
  /** Counts an answer that fits its question and says what can't be. */
  distrust(): void
  close(): Promise<void>
}

export interface LinkOptions {
  readonly dial: (listener: ChannelListener) => Channel
  readonly clock: Clock
  readonly askMs: number
  /** Answers whether anybody waits for this. */
  readonly onJob: (message: JobMessage) => boolean
}

/**
 * Keeps a session to the bridge, and correlates questions with answers on it. Whatever arrives is taken for hostile: what
 * is no message is counted and dropped, and so is what nobody asked for.
 */
export function openLink({ dial, clock, askMs, onJob }: LinkOptions): Link {
  const strays = { garbage: 0, unasked: 0 }
  const questions = new Map<number, (reply: Reply) => void>()
  const waiting = new Set<() => void>()
  let state: ChannelState = { at: 'connecting' }
  let current: { readonly session: Session; readonly end: AbortController } | undefined
  let nonce = 0

  const onState = (next: ChannelState) => {
    state = next
    current?.end.abort(new SessionOver(whyOf(next) ?? 'the session ended'))
    current = undefined
    if (next.at === 'open') {
      const end = new AbortController()
      current = { session: { over: end.signal }, end }
    }
    for (const wake of [...waiting]) wake()
  }
  const onPacket = ({ body, bytes }: Packet) => {
    const parsed = fromBridge.safeParse(body)
    if (!parsed.success) strays.garbage++
    else if (!('nonce' in parsed.data)) strays.unasked += onJob(parsed.data) ? 0 : 1
    else {
      const answered = questions.get(parsed.data.nonce)
      if (answered === undefined) strays.unasked++
      else answered({ message: parsed.data, bytes })
    }
  }
  const channel = dial({ onState, onPacket })

  return {
    strays,
    get why() {
      return whyOf(state)
    },
    distrust: () => void strays.garbage++,
    session: async signal => {
      while (current === undefined) {
        if (state.at === 'refused' || state.at === 'closed')
          throw new NoMoreSessions(whyOf(state) ?? 'this end has closed it', state.at === 'closed')
        await new Promise<void>((resolve, reject) => {
          const settle = (act: () => void) => () => {
            waiting.delete(wake)
            signal.removeEventListener('abort', stop)
            act()
          }
          const wake = settle(resolve)
          const stop = settle(() => reject(signal.reason))
          if (signal.aborted) return stop()
          waiting.add(wake)
          signal.addEventListener('abort', stop)
        })
      }
      return current.session
    },
    send: (session, message) => current?.session === session && channel.send({ body: message }),
    ask: async (session, question, signal, bytes) => {
      session.over.throwIfAborted()
      signal.throwIfAborted()
      const own = nonce++
      const done = new AbortController()
      const stopped = AbortSignal.any([session.over, signal, done.signal])
      try {
        const reply = new Promise<Reply>(resolve => questions.set(own, resolve))
        const sent = channel.send({ body: { ...question, nonce: own }, ...(bytes ? { bytes } : {}) })
        if (!sent) throw new SessionOver('the session takes nothing any more')
        const silence = clock.sleep(askMs, stopped).then(() => {
          throw new SessionOver(`no answer in ${askMs / 1000} s`)
        })
        return await Promise.race([reply, silence])
      } finally {
        questions.delete(own)
        done.abort()
      }
    },
    close: async () => {
      await channel.close()
      if (state.at !== 'closed') onState({ at: 'closed' })
    },
  }
}

function whyOf(state: ChannelState): string | undefined {
  return 'why' in state ? state.why : undefined
}
