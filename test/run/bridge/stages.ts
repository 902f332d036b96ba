import type { Progress } from '../../../src/core/context.ts'
import type { Json } from '../../../src/core/json.ts'
import { definitionOf } from '../../../src/core/operation/definition-of.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Clock } from '../../../src/core/ports.ts'
import type { ExecutionEvent } from '../../../src/core/runtime.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { type FakeBridge, fakeBridge } from '../../fakes/bridge.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { type Script, scriptedHosts } from '../../fakes/scripted-hosts.ts'

/** All that somebody who ran a pipeline can see of it. */
export interface Seen {
  readonly result: unknown
  readonly error: { readonly name: string; readonly message: string; readonly cause: unknown } | undefined
  readonly events: readonly ExecutionEvent[]
  readonly progress: readonly Progress[]
  readonly published: readonly Json[]
}

export interface Run {
  readonly seen: Promise<Seen>
  readonly progress: readonly Progress[]
  readonly clock: Clock
  cancel(reason: string): void
}

/** Runs a pipeline in this process: hosts play a script, on a clock that costs no time. */
export async function runHere(operation: Operation<any, unknown>, script: Script): Promise<Run> {
  const clock = fakeClock()
  return begin(operation, clock, { hosts: scriptedHosts(script, clock) })
}

/** Runs it through a bridge: the same hosts are behind it, and none is reached from here. */
export async function runThere(
  operation: Operation<any, unknown>,
  script: Script,
  operations: readonly unknown[] = [],
): Promise<Run & { readonly bridge: FakeBridge }> {
  const clock = fakeClock(undefined, 40)
  const behind = localRuntime({
    hosts: scriptedHosts(script, clock),
    store: memoryStore(),
    clock,
    out: { publish: () => {} },
    progress: () => {},
    nameOf: () => undefined,
  })
  const own = operations.flatMap(one => definitionOf(one) ?? [])
  const bridge = fakeBridge({ desk: behind.desk, operations: new Map(own.map(one => [one.name, one])) })
  const store = memoryStore()
  const parts = { hosts: nowhere(clock), store, bridge: bridge.connect(store, clock) }
  return { ...(await begin(operation, clock, parts)), bridge }
}

type Parts = Pick<Parameters<typeof localRuntime>[0], 'hosts'> &
  Partial<Pick<Parameters<typeof localRuntime>[0], 'store' | 'bridge'>>

async function begin(operation: Operation<any, unknown>, clock: Clock, parts: Parts): Promise<Run> {
  const progress: Progress[] = []
  const published: Json[] = []
  const runtime = localRuntime({
    store: memoryStore(),
    clock,
    out: { publish: (_topic, data) => void published.push(data) },
    progress: event => void progress.push(event),
    nameOf: () => undefined,
    ...parts,
  })
  const execution = await runtime.submit(operation, undefined, { name: 'one' })
  const look = async (): Promise<Seen> => {
    const events: ExecutionEvent[] = []
    const ended = await execution.result().then(
      result => ({ result, error: undefined }),
      error => ({
        result: error.partial,
        error: { name: error.name, message: error.message, cause: error.cause },
      }),
    )
    for await (const event of execution.events()) events.push(event)
    await runtime.close()
    return { ...ended, events, progress, published }
  }
  return { seen: look(), progress, clock, cancel: reason => execution.cancel(reason) }
}

function nowhere(clock: Clock) {
  const hosts = scriptedHosts({}, clock)
  return {
    ...hosts,
    open: async () => {
      throw new Error('no host is reached from here')
    },
  }
}

/** What is the same wherever a pipeline runs: all but times, secrets and as what a task was handed on. */
export function comparable(seen: Seen): unknown {
  return JSON.parse(
    JSON.stringify(seen, (key, value) => {
      if (['ms', 'timestamp', 'stack'].includes(key)) return undefined
      if (key === 'taskSubmittedEventDetails') return undefined
      if (value instanceof Error) return { ...value, name: value.name, message: value.message }
      return typeof value === 'string' ? withoutSecrets(value) : value
    }),
  )
}

/** The same, where branches that run at once may have taken turns in another order. */
export function unordered(seen: Seen): unknown {
  const { events, progress, ...rest } = comparable(seen) as Record<string, readonly object[]>
  const sorted = (all: readonly object[] = []) => all.map(one => JSON.stringify(one)).sort()
  const told = events?.map(event => ({ ...event, id: 0, previousEventId: 0 }))
  return {
    ...rest,
    events: sorted(told).map(text => text.replace(/event id #\d+/g, 'event id')),
    progress: sorted(progress),
  }
}

/** Data stands in events as text. */
function withoutSecrets(text: string): string {
  return text
    .replaceAll(/\\?"token\\?":\\?"[^"\\]*\\?"/g, '"token"')
    .replaceAll(/"ms":\d+(?:\.\d+)?/g, '"ms"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'some time')
    .replaceAll(/"deadline":\d+/g, '"deadline"')
}
