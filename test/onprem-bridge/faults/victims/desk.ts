/**
 * A submitter and an agent in a place of their own: `desk.ts <options.json>`. Jobs come as messages of its parent, and
 * their answers go back as messages.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { startAgent } from '../../../../onprem-bridge/agent/agent.ts'
import { TaskFailed } from '../../../../src/core/bridge.ts'
import type { Json } from '../../../../src/core/json.ts'
import type { TaskRequest } from '../../../../src/core/task.ts'
import { systemClock } from '../../../../src/executor/index.ts'
import { openBridgeClient } from '../../../../src/transports/zeromq/client/index.ts'
import { dial } from '../../../../src/transports/zeromq/dial.ts'
import type { KeyPair } from '../../../../src/transports/zeromq/keys.ts'
import type { Timing } from '../../../../src/transports/zeromq/session/timing.ts'
import { memoryStore } from '../../../fakes/memory-store.ts'

export interface DeskVictim {
  readonly jobs: string
  readonly agents: string
  readonly bridgeKey: string
  readonly submitter: KeyPair
  readonly agent: KeyPair
  readonly host: string
  readonly folder: string
  readonly timing?: Timing | undefined
}

export interface DeskJob {
  readonly id: string
  readonly request: TaskRequest
  /** Milliseconds that it may take. */
  readonly within?: number | undefined
}

/** What it says of itself: how its session stands, that its agent has registered, and answers. */
export type DeskWord =
  | 'ready'
  | { readonly session: string }
  | { readonly registered: string }
  | { readonly id: string; readonly output: Json }
  | { readonly id: string; readonly error: string; readonly cause: string }

const options = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as DeskVictim
const { jobs: url, bridgeKey, timing } = options
const keysOf = { serverKey: bridgeKey, farKey: bridgeKey, timing }
const say = (word: DeskWord) => process.send!(word)

const client = openBridgeClient({
  url,
  clock: systemClock,
  store: memoryStore(),
  dial: listener =>
    dial(
      { url, ...keysOf, keys: options.submitter, purpose: 'jobs' },
      {
        onPacket: packet => listener.onPacket(packet),
        onState(state) {
          say({ session: state.at })
          listener.onState?.(state)
        },
      },
    ),
})
startAgent({
  dial: listener =>
    dial({ url: options.agents, ...keysOf, keys: options.agent, purpose: 'agents' }, listener),
  host: options.host,
  folder: options.folder,
  version: '1.0.0',
  onEvent: event => {
    if (event.kind === 'registered') say({ registered: event.host })
  },
})

process.on('message', async ({ id, request, within }: DeskJob) => {
  const signal = new AbortController().signal
  const deadline = within === undefined ? undefined : Date.now() + within
  try {
    const output = await client.answer(request, { id, signal, deadline, progress() {}, heartbeat() {} })
    say({ id, output })
  } catch (error) {
    const { name, message } = error as Error
    const failed = error instanceof TaskFailed ? { error: error.error, cause: error.failure } : undefined
    say({ id, error: failed?.error ?? name, cause: String(failed?.cause ?? message) })
  }
})
process.on('disconnect', () => process.exit())
say('ready')
