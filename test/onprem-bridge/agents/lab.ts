import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {
  type Agent,
  type AgentEvent,
  type AgentOptions,
  startAgent,
} from '../../../onprem-bridge/agent/agent.ts'
import { type Hub, type HubEvent, type HubOptions, openHub } from '../../../onprem-bridge/agents/hub.ts'
import { agentTransport } from '../../../onprem-bridge/agents/transport.ts'
import type { Json } from '../../../src/core/json.ts'
import type { Remote, Transport } from '../../../src/core/ports.ts'
import type { Identity } from '../../../src/transports/zeromq/channel.ts'
import { type Line, openLine } from '../../fakes/channel.ts'

export { troubleOf } from '../../support/trouble-of.ts'

/** A signal that nobody aborts. */
export const never = new AbortController().signal

export const noFacts = {
  hostname: 'foo',
  os: { name: 'Debian', version: '13', kernel: '6.12' },
  arch: 'x86_64',
  cpu: { model: null, count: 2 },
  memory: { totalBytes: null, availableBytes: null },
  disks: null,
  addresses: ['10.0.0.7'],
  uptimeSeconds: 5,
  virtualization: null,
}

export interface Joined {
  readonly agent: Agent
  readonly line: Line
  readonly events: AgentEvent[]
}

/** A hub and agents on lines in memory; what the agents do is real. */
export interface Lab {
  readonly hub: Hub
  readonly folder: string
  readonly transport: Transport
  readonly events: HubEvent[]
  /** Starts an agent and waits until it is registered, or not when it is a stranger without a token. */
  join(
    host: string,
    change?: Partial<AgentOptions> & { stranger?: boolean; identity?: Identity },
  ): Promise<Joined>
  remote(host: string): Promise<Remote>
  call(host: string, name: string, params?: Json, timeout?: number, signal?: AbortSignal): Promise<Json>
  close(): Promise<void>
}

/** Tokens that enrol a host, each once. */
export function tokens(known: Record<string, string>): HubOptions['enrolment'] {
  return {
    enrol: async (host, token) => {
      if (known[token] !== host) return { refused: 'the token is for nobody, or used' }
      delete known[token]
      return 'enrolled'
    },
  }
}

export async function openLab(
  change: Partial<HubOptions> = {},
  spool: { inlineLimit?: number; spoolLimit?: number } = {},
): Promise<Lab> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-agents-'))
  const events: HubEvent[] = []
  const hub = openHub({ enrolment: tokens({}), onEvent: event => events.push(event), ...change })
  const transport = agentTransport(hub, { stateFolder: path.join(folder, 'state'), ...spool })
  const agents: Agent[] = []
  const remote = (host: string) => transport.open({ name: host }, { signal: never })
  return {
    hub,
    folder,
    transport,
    events,
    remote,
    async join(
      host,
      { stranger = false, identity = { name: host, role: 'agent' as const }, ...options } = {},
    ) {
      const seen: AgentEvent[] = []
      let line: Line | undefined
      const { promise: settled, resolve } = Promise.withResolvers<void>()
      const agent = startAgent({
        host,
        folder: path.join(folder, `agent-${host}`),
        version: '1.2.3',
        killGrace: 500,
        facts: async () => noFacts,
        dial: listener => {
          line = openLine(hub.reception, listener, stranger ? undefined : identity)
          return line.channel
        },
        ...options,
        onEvent: event => {
          seen.push(event)
          options.onEvent?.(event)
          if (event.kind === 'registered' || event.kind === 'refused') resolve()
        },
      })
      agents.push(agent)
      await Promise.race([settled, agent.over])
      return { agent, line: line!, events: seen }
    },
    async call(host, name, params = {}, timeout = 20_000, signal = never) {
      return (await remote(host)).call!(name, params, { signal, timeout })
    },
    async close() {
      await transport.close()
      await Promise.all(agents.map(agent => agent.stop(0)))
      hub.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until something is so; the test's own deadline ends it otherwise. */
export async function until(fits: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await fits())) await new Promise(resolve => setTimeout(resolve, 5))
}
