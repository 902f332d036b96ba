/**
 * The bridge's side of the agents: who is there, and calls on them. Its parts:
 *
 *   hub.ts         this: sessions, enrolment, registration, the registry
 *   enrolment.ts   strangers, who may only enrol
 *   calls.ts       the calls of one agent, from being asked for to being answered
 *   call.ts        one call: its streams, its deadline, its end
 *   transport.ts   `via: 'agent'`: exec, upload, download, sync and calls by name, as core's ports have them
 *
 * What it keeps true:
 *
 * 1. An agent is whoever its key belongs to. What it claims to be is looked at once, at enrolment, beside its token.
 * 2. A stranger may enrol and nothing else; anything else, and too many tries, end its session.
 * 3. There is one session of an agent; a newer one takes the place of the older.
 * 4. A call is sent to one life of an agent. It is sent again to the same life only, which begins it once; when another
 *    life registers, what the one before was asked is `unknown`.
 * 5. A call that was never sent is `unreachable` or waits, as its caller said; nothing was executed then.
 * 6. Every call ends by its deadline and a grace, whatever an agent does.
 * 7. Nothing that an agent sends throws: what doesn't fit is counted and dropped, and much of it ends the session.
 */

import { HostTrouble } from '../../src/core/ports.ts'
import { type Facts, factsSchema } from '../../src/operations/remote/facts/schema.ts'
import {
  agentMessagesVersion,
  type FromAgent,
  fromAgent,
  type ToAgent,
} from '../../src/transports/zeromq/agent-messages.ts'
import type { Packet, Peer, Reception } from '../../src/transports/zeromq/channel.ts'
import { type AgentCalls, type CallWish, openCalls } from './calls.ts'
import { type Enrolment, openEnrolments } from './enrolment.ts'
import { type WaitOptions, waitFor } from './wait.ts'

/** What is known of an agent. Times are milliseconds since the epoch. */
export interface AgentRecord {
  readonly host: string
  readonly state: 'connected' | 'silent' | 'gone'
  readonly version: string
  readonly facts: Facts | null
  readonly registeredAt: number
  readonly lastHeardAt: number
  /** Calls that it works on and that wait there, as its last beat said. */
  readonly running: number
  readonly waiting: number
  /** Calls that the bridge waits for. */
  readonly open: number
}

/** What was counted since the hub was opened. */
export interface HubCounts {
  readonly enrolled: number
  readonly refused: number
  readonly registered: number
  readonly replaced: number
  /** Packets of no known shape, or that nobody may send then. */
  readonly nonsense: number
  /** Answers and streams of calls that nobody waits for. */
  readonly stray: number
  readonly calls: number
}

/** What happens among the agents, for a log or an audit. */
export type HubEvent =
  | { readonly kind: 'enrolled'; readonly host: string; readonly key: string }
  | { readonly kind: 'enrol-refused'; readonly host: string; readonly key: string; readonly why: string }
  | { readonly kind: 'registered'; readonly host: string; readonly version: string; readonly again: boolean }
  | { readonly kind: 'replaced' | 'gone'; readonly host: string; readonly why: string }

export interface HubOptions {
  /** Binds keys to hosts: the keyring. */
  readonly enrolment: Enrolment
  /** Milliseconds between an agent's beats; after three that are missing it counts as silent. */
  readonly beatMs?: number | undefined
  /** Milliseconds that an agent has to end a call after its time, before nobody waits for it any more. */
  readonly grace?: number | undefined
  /** Milliseconds that a call is kept for an agent that went away in the middle of it; up to its deadline if left out. */
  readonly reattach?: number | undefined
  readonly onEvent?: ((event: HubEvent) => void) | undefined
}

/** A way to one agent, which is there or was waited for. */
export interface AgentLine {
  readonly host: string
  call(wish: CallWish): Promise<import('../../src/core/json.ts').Json>
}

export interface Hub {
  /** What the agents' endpoint gives its sessions to. */
  readonly reception: Reception
  /** Every agent that has registered since the hub was opened, by name of its host. */
  agents(): readonly AgentRecord[]
  counts(): HubCounts
  /**
   * Reaches an agent. One that is not there is `unreachable` at once, with when it was last heard; with `wait` it is
   * waited for so many milliseconds, within `timeout`.
   */
  open(host: string, options: WaitOptions): Promise<AgentLine>
  /** Forgets an agent that is gone, as when its key was revoked. False while it is connected. */
  forget(host: string): boolean
  /** Ends what waits; calls that were sent end as `unknown`. Sessions are their endpoint's to close. */
  close(): void
}

interface Agent {
  readonly host: string
  readonly calls: AgentCalls
  peer: Peer | undefined
  boot: string
  version: string
  facts: Facts | null
  registeredAt: number
  lastHeardAt: number
  running: number
  waiting: number
}

/** So much nonsense in one session, and it is ended. */
const mostNonsense = 100
const silentBeats = 3

/** Opens the hub of a bridge's agents. */
export function openHub(options: HubOptions): Hub {
  const { beatMs = 15_000, grace = 5_000, reattach = Number.POSITIVE_INFINITY, onEvent = () => {} } = options
  const agents = new Map<string, Agent>()
  const arrivals = new Map<string, Set<() => void>>()
  const oddities = new Map<string, number>()
  const counts = { enrolled: 0, refused: 0, registered: 0, replaced: 0, nonsense: 0, stray: 0, calls: 0 }
  let closed = false

  const enrolments = openEnrolments(options.enrolment, {
    onEnrolled: (peer, host) => {
      counts.enrolled++
      onEvent({ kind: 'enrolled', host, key: peer.key })
    },
    onRefused: (peer, host, why) => {
      counts.refused++
      onEvent({ kind: 'enrol-refused', host, key: peer.key, why })
    },
  })

  const odd = (peer: Peer) => {
    counts.nonsense++
    const count = (oddities.get(peer.id) ?? 0) + 1
    oddities.set(peer.id, count)
    if (count >= mostNonsense || enrolments.hostOf(peer) === undefined)
      peer.drop('it says what nobody understands, or may say')
  }
  const stateOf = (agent: Agent): AgentRecord['state'] => {
    if (!agent.peer) return 'gone'
    return Date.now() - agent.lastHeardAt > silentBeats * beatMs ? 'silent' : 'connected'
  }
  const arrive = (host: string) => {
    for (const wake of arrivals.get(host) ?? []) wake()
  }

  const register = (peer: Peer, host: string, message: Extract<FromAgent, { kind: 'register' }>) => {
    const facts = factsSchema.safeParse(message.facts)
    const known = agents.get(host)
    const before = known?.peer
    const again = known?.boot === message.boot
    if (before && before.id !== peer.id) {
      counts.replaced++
      // Two programs with one key: the older is told to end. The same one has only lost its session.
      if (!again)
        before.send({
          body: {
            kind: 'refused',
            error: 'replaced',
            message: 'another agent registered with this key',
          } satisfies ToAgent,
        })
      if (known) known.peer = undefined
      before.drop('another session of this agent took its place')
      onEvent({
        kind: 'replaced',
        host,
        why: again ? 'it connected again' : 'another agent has the same key',
      })
    }
    const now = Date.now()
    const agent: Agent = known ?? {
      host,
      calls: openCalls({
        host,
        grace,
        reattach,
        onStray: () => counts.stray++,
      }),
      peer,
      boot: message.boot,
      version: message.agent,
      facts: null,
      registeredAt: now,
      lastHeardAt: now,
      running: 0,
      waiting: 0,
    }
    Object.assign(agent, {
      peer,
      boot: message.boot,
      version: message.agent,
      facts: facts.success ? facts.data : null,
      registeredAt: now,
      lastHeardAt: now,
    })
    agents.set(host, agent)
    counts.registered++
    peer.send({ body: { kind: 'registered', host, beatMs } satisfies ToAgent })
    agent.calls.attach(peer, message.boot)
    onEvent({ kind: 'registered', host, version: message.agent, again })
    arrive(host)
  }

  const onMessage = (peer: Peer, message: FromAgent, bytes: Uint8Array): void => {
    if (message.kind === 'enrol' || message.kind === 'register') {
      if (message.version !== agentMessagesVersion) {
        counts.refused++
        peer.send({
          body: {
            kind: 'refused',
            error: 'version',
            message: `this bridge speaks version ${agentMessagesVersion} with its agents, and this agent ${message.version}; upgrade the older one`,
          } satisfies ToAgent,
        })
        return
      }
      if (message.kind === 'enrol') {
        enrolments.enrol(peer, message)
        return
      }
    }
    const host = enrolments.hostOf(peer)
    if (host === undefined) {
      counts.refused++
      const why = 'this bridge does not know this agent; enrol it with a token'
      peer.send({ body: { kind: 'refused', error: 'stranger', message: why } satisfies ToAgent })
      peer.drop(why)
      return
    }
    if (message.kind === 'register') {
      register(peer, host, message)
      return
    }
    const agent = agents.get(host)
    // Nothing is called on a session before it registers, so that whatever comes there answers nothing.
    if (agent?.peer?.id !== peer.id) {
      odd(peer)
      return
    }
    agent.lastHeardAt = Date.now()
    if (message.kind === 'beat') {
      agent.running = message.running
      agent.waiting = message.waiting
      arrive(host)
    } else if (!agent.calls.take(message, bytes)) odd(peer)
  }

  const reception: Reception = {
    onPeer(peer) {
      if (peer.identity && peer.identity.role !== 'agent')
        peer.drop(`a key for ${peer.identity.role} is no agent's; it belongs at the endpoint for jobs`)
    },
    onPacket(peer, { body, bytes = new Uint8Array(0) }: Packet) {
      if (closed || (peer.identity && peer.identity.role !== 'agent')) return
      const parsed = fromAgent.safeParse(body)
      if (parsed.success) onMessage(peer, parsed.data, bytes)
      else odd(peer)
    },
    onGone(peer, why) {
      oddities.delete(peer.id)
      const host = enrolments.gone(peer)
      const agent = host === undefined ? undefined : agents.get(host)
      if (!agent || agent.peer?.id !== peer.id) return
      agent.peer = undefined
      agent.calls.detach()
      onEvent({ kind: 'gone', host: agent.host, why })
    },
  }

  return {
    reception,
    agents: () =>
      [...agents.values()]
        .map(agent => ({
          host: agent.host,
          state: stateOf(agent),
          version: agent.version,
          facts: agent.facts,
          registeredAt: agent.registeredAt,
          lastHeardAt: agent.lastHeardAt,
          running: agent.running,
          waiting: agent.waiting,
          open: agent.calls.open(),
        }))
        .sort((a, b) => (a.host < b.host ? -1 : 1)),
    counts: () => ({ ...counts }),
    async open(host, waiting) {
      if (closed) throw new HostTrouble('cancelled', `${host}: the bridge is about to end`)
      const agent = await waitFor(host, waiting, {
        find: () => {
          const found = agents.get(host)
          return found && stateOf(found) === 'connected' ? found : undefined
        },
        absence: () => absenceOf(agents.get(host), stateOf),
        onArrival: wake => {
          const waiters = arrivals.get(host) ?? new Set()
          arrivals.set(host, waiters.add(wake))
          return () => {
            waiters.delete(wake)
            if (waiters.size === 0) arrivals.delete(host)
          }
        },
      })
      return {
        host,
        call: wish => {
          counts.calls++
          return agent.calls.call(wish)
        },
      }
    },
    forget(host) {
      const agent = agents.get(host)
      if (!agent || agent.peer) return false
      agent.calls.close()
      return agents.delete(host)
    },
    close() {
      closed = true
      for (const agent of agents.values()) agent.calls.close()
    },
  }
}

function absenceOf(agent: Agent | undefined, stateOf: (agent: Agent) => AgentRecord['state']): string {
  if (!agent) return 'no agent of it has registered with this bridge; deploy one, or look at its log'
  const seen = new Date(agent.lastHeardAt).toISOString()
  return stateOf(agent) === 'silent'
    ? `its agent is connected and has said nothing since ${seen}`
    : `its agent is not connected; it was last heard at ${seen}`
}
