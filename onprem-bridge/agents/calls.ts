import { randomUUID } from 'node:crypto'
import type { Json } from '../../src/core/json.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import { longestParams, type ToAgent } from '../../src/transports/zeromq/agent-messages.ts'
import type { Peer } from '../../src/transports/zeromq/channel.ts'
import { type About, type CallWish, type OpenCall, openCall } from './call.ts'

export type { CallWish } from './call.ts'

/** The calls of one agent, over all its sessions. */
export interface AgentCalls {
  /** Asks for something. Rejects with `HostTrouble`. */
  call(wish: CallWish): Promise<Json>
  /** A session is there, of this life of the agent: what was sent to it is asked for again, others' fate is unknown. */
  attach(peer: Peer, boot: string): void
  /** The session is over. */
  detach(): void
  /** Takes what the agent says of a call. False for what breaks the rules. */
  take(message: About, bytes: Uint8Array): boolean
  open(): number
  close(): void
}

interface CallsOptions {
  readonly host: string
  readonly grace: number
  readonly reattach: number
  readonly onStray: () => void
}

const longestTimer = 2 ** 31 - 1

/** Answers that arrived are confirmed together: so many, or those of so many milliseconds. */
const mostConfirmed = 100
const confirmMs = 25

/** Ids of one message. */
const mostIds = 1_000

/** Calls at once on one agent; whoever asks for more is told so. */
const mostOpen = 1_024

/** Opens the calls of an agent. */
export function openCalls({ host, grace, reattach, onStray }: CallsOptions): AgentCalls {
  const calls = new Map<string, OpenCall>()
  /** Calls that nobody waits for any more and that the agent may still work on: cancelled when it comes back. */
  const orphans = new Set<string>()
  let session: { readonly peer: Peer; readonly boot: string } | undefined
  let lostAt = 0
  let lost: NodeJS.Timeout | undefined
  let confirming: NodeJS.Timeout | undefined
  const confirmed: string[] = []

  const send = (message: ToAgent, bytes?: Uint8Array) =>
    session?.peer.send(bytes === undefined ? { body: message } : { body: message, bytes }) ?? false

  const sendConfirmed = () => {
    clearTimeout(confirming)
    confirming = undefined
    // Without a session they are kept: the agent comes back with what it has not been told of.
    while (session && confirmed.length > 0) send({ kind: 'forget', ids: confirmed.splice(0, mostIds) })
  }
  const confirm = (id: string) => {
    confirmed.push(id)
    if (confirmed.length >= mostConfirmed) sendConfirmed()
    else confirming ??= setTimeout(sendConfirmed, confirmMs).unref()
  }

  const ask = (call: OpenCall) => {
    if (!session) return
    const { name, params } = call.wish
    const timeout = Math.max(0, call.endsAt - performance.now())
    const again = call.sentTo === undefined ? {} : { again: call.sentTo }
    // What the session did not take was never sent.
    if (send({ kind: 'call', id: call.id, name, params, timeout, ...again })) call.sentTo ??= session.boot
  }
  const fateOf = (call: OpenCall, why: string) =>
    call.sentTo === undefined
      ? new HostTrouble('unreachable', `${host}: ${why}; it was never sent, and nothing was executed`)
      : new HostTrouble('unknown', `${host}: ${why}; it may have been done, wholly or in part, or not`)
  const giveUp = (call: OpenCall, trouble: HostTrouble) => {
    if (call.ended()) return
    if (!send({ kind: 'cancel', id: call.id })) orphans.add(call.id)
    call.fail(trouble)
  }

  /** The deadline is the agent's to keep. It is waited for a little longer, where it is there at all. */
  const watch = (call: OpenCall, signal: AbortSignal): (() => void) => {
    const timers = new Set<NodeJS.Timeout>()
    const after = (ms: number, act: () => void) => timers.add(setTimeout(act, Math.min(ms, longestTimer)))
    const onTime = () => {
      if (!session)
        return giveUp(
          call,
          fateOf(call, 'its agent was lost in the middle of the call and did not come back in time'),
        )
      after(grace, () =>
        giveUp(call, fateOf(call, 'its agent neither answered nor ended the call when its time was over')),
      )
    }
    const onAbort = () => {
      const message = `${host}: the call was cancelled and was asked to end; whether it did is not known`
      const late = () => giveUp(call, new HostTrouble('cancelled', message))
      if (!send({ kind: 'cancel', id: call.id })) return late()
      after(grace, late)
    }
    after(call.wish.timeout, onTime)
    signal.addEventListener('abort', onAbort, { once: true })
    return () => {
      for (const timer of timers) clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  return {
    async call(wish) {
      if (wish.signal.aborted)
        throw new HostTrouble('cancelled', `${host}: cancelled before it was sent to its agent`)
      if (!session)
        throw new HostTrouble(
          'unreachable',
          `${host}: its agent went away before it was asked; nothing was executed`,
        )
      if (calls.size >= mostOpen)
        throw new HostTrouble(
          'busy',
          `${host}: ${calls.size} calls wait for its agent already; nothing was executed`,
        )
      const bytes = Buffer.byteLength(JSON.stringify(wish.params))
      if (bytes > longestParams)
        throw new HostTrouble(
          'exception',
          `${host}: what is asked of its agent takes ${bytes} bytes, and ${longestParams} is the most; upload it as a file, or send it by stdin`,
        )
      const id = randomUUID()
      const call = openCall(
        id,
        host,
        wish,
        (message, more) => void send(message, more),
        () => {
          calls.delete(id)
          unwatch()
          confirm(id)
        },
      )
      const unwatch = watch(call, wish.signal)
      calls.set(id, call)
      ask(call)
      return call.answer
    },
    attach(peer, boot) {
      clearTimeout(lost)
      session = { peer, boot }
      if (orphans.size > 0) {
        const ids = [...orphans]
        orphans.clear()
        for (const id of ids) send({ kind: 'cancel', id })
        confirmed.push(...ids)
      }
      sendConfirmed()
      for (const call of [...calls.values()]) {
        if (call.sentTo !== undefined && call.sentTo !== boot)
          call.fail(fateOf(call, 'its agent was started anew in the middle of the call'))
        else {
          ask(call)
          call.resume()
        }
      }
    },
    detach() {
      session = undefined
      lostAt = performance.now()
      if (!Number.isFinite(reattach)) return
      lost = setTimeout(
        () => {
          const seconds = Math.round((performance.now() - lostAt) / 1_000)
          for (const call of [...calls.values()])
            giveUp(call, fateOf(call, `its agent was lost in the middle of the call, ${seconds} s ago`))
        },
        Math.min(reattach, longestTimer),
      )
      lost.unref()
    },
    take(message, bytes) {
      const call = calls.get(message.id)
      if (call) return call.take(message, bytes)
      onStray()
      // It keeps what nobody waits for until it is told.
      if (message.kind === 'result' || message.kind === 'failed') confirm(message.id)
      return true
    },
    open: () => calls.size,
    close() {
      clearTimeout(lost)
      for (const call of [...calls.values()])
        giveUp(call, fateOf(call, 'the bridge ended in the middle of the call'))
      sendConfirmed()
    },
  }
}
