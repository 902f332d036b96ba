import { ExecutionNameTaken } from '../../core/execution-errors.ts'
import type { ExecutionStore, ExecutionSummary } from '../../core/executions.ts'
import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import { type Execution, ExecutionCancelled } from '../../core/runtime.ts'
import { executionArn } from '../../executor/index.ts'
import { formatData, outcomesIn, someFailed, summarize } from '../../operations/output/format/index.ts'
import { configuredBridge } from '../bridge/client.ts'
import type { LoadedConfig } from '../config.ts'
import { adhoc } from '../executions.ts'
import type { TransportFactory } from '../hosts-port.ts'
import { openExecutions } from '../open-executions.ts'
import type { ProviderFactory } from '../systems/port.ts'
import { wireLocal } from '../wire.ts'
import { agentsHere, agentsPortHere } from './agents.ts'
import type { BridgeHere } from './bridge.ts'
import type { Part } from './part.ts'

/** The part that executes flows. */
export interface Executor extends Part {
  /** Starts a flow under a name, once: where it has an execution of that name, that is all. */
  startFlow(flow: Flow, input: Json, options: { readonly name: string }): Promise<void>
  /** Runs a flow without writing it down and answers its output: for what is asked again and again. */
  askFlow(flow: Flow, input: Json, signal: AbortSignal): Promise<unknown>
  isRunning(flow: string, execution: string): Promise<boolean>
  /** The last executions of a flow whose names begin so, the newest first. */
  recent(flow: string, prefix: string): readonly ExecutionSummary[]
  /** Lets what is under way end for so many milliseconds, and answers what has not. */
  drain(ms: number): Promise<readonly string[]>
  /** How many are under way, and how many have ended since the process began. */
  counts(): { readonly running: number; readonly succeeded: number; readonly failed: number }
}

export interface ExecutorPorts {
  readonly loaded: LoadedConfig
  readonly flows: ReadonlyMap<string, Flow>
  readonly clock: Clock
  say(text: string): void
  /** Where this process is the bridge: agents are reached by it. Without it, the bridge that is configured does the work. */
  readonly bridge?: BridgeHere | undefined
  readonly transports?: Readonly<Record<string, TransportFactory>> | undefined
  readonly providers?: Readonly<Record<string, ProviderFactory>> | undefined
}

/** How often it is looked for executions that nobody goes on with, in milliseconds: a dead process' lease lasts as long. */
const resumeEveryMs = 30_000

/** Among so many of a flow it is looked for those of a word. */
const mostRecent = 50

/** How often what is too old goes, in milliseconds. */
const forgetEveryMs = 24 * 3_600_000

/** Executes flows in this process, goes on with what processes that are gone have left, and forgets what is too old. */
export function createExecutor(ports: ExecutorPorts): Executor {
  const { loaded, flows, clock, say, bridge } = ports
  const names = new Map([...flows].map(([name, flow]) => [flow, name]))
  const stop = new AbortController()
  const under = new Map<string, { readonly execution: Execution<unknown>; readonly over: Promise<void> }>()
  const ended = { succeeded: 0, failed: 0 }
  let store: ExecutionStore | undefined
  let housekeeping: Promise<void> = Promise.resolve()
  let resumeTrouble: string | undefined

  const wire = (journal?: false) =>
    wireLocal({
      loaded,
      flows,
      out: { publish: ({ step }, data) => say(`${step}: ${formatData(data as Json, { color: false })}`) },
      notice: say,
      follow: journal !== false,
      journal,
      // A process that is the bridge asks no other, and never itself by the network.
      ...(bridge
        ? {
            agents: agentsPortHere(bridge),
            transports: { agent: () => agentsHere(bridge), ...ports.transports },
          }
        : { bridge: configuredBridge(loaded), transports: ports.transports }),
      providers: ports.providers,
    })
  const runtime = wire()
  // Made at the first question, for most have none.
  let asking: ReturnType<typeof wire> | undefined

  const track = (execution: Execution<unknown>) => {
    if (under.has(execution.id)) return
    const over = follow(execution).finally(() => under.delete(execution.id))
    under.set(execution.id, { execution, over })
  }
  const follow = async (execution: Execution<unknown>): Promise<void> => {
    try {
      const failed = someFailed(summarize(outcomesIn(await execution.result())))
      ended[failed ? 'failed' : 'succeeded']++
      if (failed) say(`${execution.name}: some hosts failed; reops show ${execution.name} says which`)
    } catch (thrown) {
      const { name, message } = thrown as Error
      // It goes on at the next start.
      if (name === 'ExecutionSuspended') return
      ended.failed++
      say(thrown instanceof ExecutionCancelled ? message : `${execution.name} failed: ${message}`)
    }
  }

  const resume = async (): Promise<void> => {
    try {
      const resumed = await runtime.resumeAbandoned(flows)
      for (const execution of resumed) {
        say(`going on with ${execution.name}`)
        track(execution)
      }
      resumeTrouble = undefined
    } catch (thrown) {
      const text = `what was left behind can't be gone on with: ${(thrown as Error).message}`
      if (text !== resumeTrouble) say(text)
      resumeTrouble = text
    }
  }
  const forget = async (): Promise<void> => {
    try {
      // Closing one that forgets removes what ended too long ago.
      await (await openExecutions(loaded, say, { forget: true })).close()
    } catch (thrown) {
      say(`old executions are not removed: ${(thrown as Error).message}`)
    }
  }
  const keepHouse = async (): Promise<void> => {
    for (let forgotten = Number.NEGATIVE_INFINITY; !stop.signal.aborted; ) {
      const now = performance.now()
      if (now - forgotten >= forgetEveryMs) {
        forgotten = now
        await forget()
      }
      await clock.sleep(resumeEveryMs, stop.signal).catch(() => {})
      if (!stop.signal.aborted) await resume()
    }
  }

  return {
    async start() {
      store = await openExecutions(loaded, say)
      await resume()
      housekeeping = keepHouse()
    },
    async startFlow(flow, input, { name }) {
      const id = executionArn(names.get(flow) ?? adhoc, name)
      const known = store?.get(id)
      // What has ended before is neither started nor counted again, and what is under way here is counted at its end.
      if (under.has(id) || (known !== undefined && known.status !== 'RUNNING')) return
      try {
        track(await runtime.start(flow, input, { name }))
      } catch (thrown) {
        // Of that name there is one, whatever it was started with.
        if (!(thrown instanceof ExecutionNameTaken)) throw thrown
      }
    },
    async askFlow(flow, input, signal) {
      asking ??= wire(false)
      return (await asking.start(flow, input, { signal })).result()
    },
    isRunning: async (flow, execution) => store?.get(executionArn(flow, execution))?.status === 'RUNNING',
    recent: (flow, prefix) =>
      store?.list({ flow, limit: mostRecent }).filter(({ name }) => name.startsWith(prefix)) ?? [],
    async drain(ms) {
      stop.abort(new Error('the executor ends'))
      await housekeeping
      const over = Promise.all([...under.values()].map(one => one.over))
      const late = new AbortController()
      await Promise.race([over, clock.sleep(ms, late.signal).catch(() => {})])
      late.abort(new Error('drained'))
      return [...under.values()].map(({ execution }) => execution.name)
    },
    counts: () => ({ running: under.size, ...ended }),
    status: () => ({
      running: [...under.values()].map(({ execution }) => execution.name).slice(0, 100),
      count: under.size,
      ...ended,
    }),
    troubles: () => (resumeTrouble === undefined ? [] : [resumeTrouble]),
    async close() {
      stop.abort(new Error('the executor ends'))
      await housekeeping
      await asking?.close()
      await runtime.close()
      await store?.close()
    },
  }
}
