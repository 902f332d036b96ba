/**
 * The agent of a host: it dials its bridge, says what the host is, and executes what it is asked to. Its parts:
 *
 *   agent.ts       this: a life of it, from the first session to the last
 *   registry.ts    its calls, each executed at most once, and their streams
 *   calls/         what it can do: exec, files, stats, processes, services, packages, collections
 *   tree/          how files travel
 *   evaluate/      functions that are sent to it: bundles, and the processes that they run in
 *   main.ts        the program around it: its options, its signals
 *
 * What it keeps true:
 *
 * 1. It is who its key says. A name or a token is sent once, to be bound to the key, and proves nothing later.
 * 2. A call id is executed at most once in a life, and a call of another life is answered `unknown`, not begun.
 * 3. What was said and not confirmed is said again on the next session; a stream has neither gap nor repetition.
 * 4. Every call has a deadline and a bounded number run at once; what it started is ended with it.
 * 5. Nothing that a bridge sends, and nothing that a function does, ends the agent: it is counted, refused, or ended.
 * 6. What it keeps is bounded: answers that nobody confirmed, bundles, collections, input that nobody reads.
 * 7. Told to end, it takes no more calls, waits for those under way, and leaves no process behind.
 */
import { randomUUID } from 'node:crypto'
import path from 'node:path'
import type { Facts } from '../../src/operations/remote/facts/schema.ts'
import {
  agentMessagesVersion,
  type FromAgent,
  type ToAgent,
  toAgent,
} from '../../src/transports/zeromq/agent-messages.ts'
import type { Channel, ChannelListener, ChannelState, Packet } from '../../src/transports/zeromq/channel.ts'
import type { Handler } from './call.ts'
import { openCollections } from './calls/collect.ts'
import { execHandler } from './calls/exec.ts'
import { fileHandlers } from './calls/files.ts'
import { packagesHandler } from './calls/packages.ts'
import { pingHandler } from './calls/ping.ts'
import { processesHandler } from './calls/processes.ts'
import { servicesHandler } from './calls/services.ts'
import { openStats } from './calls/stats.ts'
import { openBundles } from './evaluate/bundles.ts'
import { evaluateHandler } from './evaluate/handler.ts'
import { openWorkshops } from './evaluate/workshops.ts'
import { localFacts } from './facts.ts'
import { openRegistry } from './registry.ts'

/** What happens to an agent, for its log. */
export type AgentEvent =
  | { readonly kind: 'session'; readonly state: ChannelState }
  | { readonly kind: 'enrolled'; readonly host: string }
  | { readonly kind: 'registered'; readonly host: string }
  | { readonly kind: 'refused'; readonly error: string; readonly message: string }
  /** A packet that was not one, or not one that could be: it was dropped. */
  | { readonly kind: 'nonsense'; readonly why: string; readonly count: number }

export interface AgentOptions {
  /** Opens the session with the bridge, which connects again by itself. */
  readonly dial: (listener: ChannelListener) => Channel
  /** The host that it enrols as; afterwards the bridge knows it by its key. */
  readonly host: string
  /** Enrols it, once. */
  readonly token?: string | undefined
  /** Its own folder: bundles are kept there. */
  readonly folder: string
  /** The release of its program. */
  readonly version: string
  /** Calls at once, and those that may wait. */
  readonly maxCalls?: number | undefined
  readonly maxWaiting?: number | undefined
  /** Milliseconds between asking a command to end and killing it. */
  readonly killGrace?: number | undefined
  /** Bytes of one bundle and of all that are kept. */
  readonly bundles?: { readonly bundle: number; readonly all: number } | undefined
  readonly facts?: (() => Promise<Facts>) | undefined
  readonly onEvent?: ((event: AgentEvent) => void) | undefined
}

/** A running agent. */
export interface Agent {
  /** Resolves when it is over: it was stopped, or the bridge doesn't want it. */
  readonly over: Promise<{ readonly why: 'stopped' } | { readonly why: 'refused'; readonly message: string }>
  /** Drains, waiting so many milliseconds for the calls under way, and ends it. */
  stop(drainMs?: number): Promise<void>
}

/** Starts an agent. It goes on until it is stopped or refused for good. */
export function startAgent(options: AgentOptions): Agent {
  const { killGrace = 3_000, onEvent = () => {} } = options
  const boot = randomUUID()
  const over = Promise.withResolvers<Awaited<Agent['over']>>()
  const workshops = openWorkshops()
  const stats = openStats()
  const collections = openCollections(stats.read)
  let token = options.token
  let session = 0
  let nonsense = 0
  let beat: NodeJS.Timeout | undefined
  let stopping: Promise<void> | undefined
  let channel: Channel | undefined

  const send = (message: FromAgent, bytes?: Uint8Array) => {
    channel?.send(bytes === undefined ? { body: message } : { body: message, bytes })
  }
  const handlers: Record<string, Handler> = {
    exec: execHandler(killGrace),
    evaluate: evaluateHandler(
      openBundles(
        path.join(options.folder, 'bundles'),
        options.bundles ?? { bundle: 64 * 1024 * 1024, all: 512 * 1024 * 1024 },
      ),
      workshops,
    ),
    ping: pingHandler,
    stats: stats.handler,
    processes: processesHandler,
    services: servicesHandler,
    packages: packagesHandler,
    ...fileHandlers,
    ...collections.handlers,
  }
  const registry = openRegistry({
    handlers,
    send,
    isOpen: () => channel?.state.at === 'open',
    boot,
    maxCalls: options.maxCalls ?? 16,
    maxWaiting: options.maxWaiting ?? 256,
    grace: killGrace + 1_500,
  })

  const odd = (why: string) => {
    nonsense++
    onEvent({ kind: 'nonsense', why, count: nonsense })
  }
  const introduce = async () => {
    const own = ++session
    if (token !== undefined)
      return send({ kind: 'enrol', version: agentMessagesVersion, host: options.host, token })
    const facts = await (options.facts ?? localFacts)().catch(() => null)
    // A newer session has introduced itself meanwhile.
    if (own !== session) return
    send({ kind: 'register', version: agentMessagesVersion, agent: options.version, boot, facts })
  }
  const silence = () => clearInterval(beat)
  const give = (message: string) => {
    silence()
    over.resolve({ why: 'refused', message })
    void end(0)
  }
  const onState = (state: ChannelState) => {
    onEvent({ kind: 'session', state })
    silence()
    registry.detach()
    if (state.at === 'open') void introduce()
    else session++
    if (state.at === 'refused') give(state.why)
  }
  const onMessage = (message: ToAgent, bytes: Uint8Array) => {
    switch (message.kind) {
      case 'enrolled':
        token = undefined
        onEvent(message)
        void introduce()
        return
      case 'refused':
        onEvent(message)
        // The token may have been used by an earlier life that ended before it could write that down.
        if (message.error === 'token' && token !== undefined) {
          token = undefined
          void introduce()
        } else give(message.message)
        return
      case 'registered':
        onEvent({ kind: 'registered', host: message.host })
        silence()
        beat = setInterval(() => send({ kind: 'beat', ...registry.counts() }), message.beatMs)
        return
      case 'call':
        registry.call(message)
        return
      default:
        if (!registry.about(message, bytes)) odd(`${message.kind} that does not fit its call`)
    }
  }
  const onPacket = ({ body, bytes = new Uint8Array(0) }: Packet) => {
    const parsed = toAgent.safeParse(body)
    if (!parsed.success) return odd('a message of no known shape')
    onMessage(parsed.data, bytes)
  }
  const end = (drainMs: number) => {
    stopping ??= (async () => {
      await registry.drain(drainMs)
      silence()
      collections.stop()
      stats.stop()
      workshops.stop()
      await channel?.close()
      over.resolve({ why: 'stopped' })
    })()
    return stopping
  }
  // A channel may be open before `dial` returns it; then its session is introduced here.
  let early: ChannelState | undefined
  channel = options.dial({
    onPacket,
    onState: state => {
      if (channel) onState(state)
      else early = state
    },
  })
  if (early) onState(early)
  return { over: over.promise, stop: (drainMs = 30_000) => end(drainMs) }
}
