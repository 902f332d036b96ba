import * as z from 'zod'
import type { Progress } from '../../src/core/context.ts'
import { type Hosts, hosts } from '../../src/core/hosts.ts'
import type { Json } from '../../src/core/json.ts'
import { hostOperation } from '../../src/core/operation/host-operation.ts'
import type { Operation } from '../../src/core/operation/operation.ts'
import type { Clock } from '../../src/core/ports.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import type { Execution, RunOptions } from '../../src/core/runtime.ts'
import type { SpillStore } from '../../src/core/spill.ts'
import { localRuntime } from '../../src/run/local-runtime.ts'
import { fakeClock } from '../executor/fake-clock.ts'
import { memoryStore } from '../fakes/memory-store.ts'
import { type Attempted, type Script, scriptedHosts } from '../fakes/scripted-hosts.ts'

/** Three hosts; scripts say what they do. */
export const closet: Hosts = hosts(['a', 'b', 'c'])

/** Says a word on each host and answers what it says; an exit status that isn't 0 is the host's failure. */
export const say = hostOperation({
  name: 'say',
  effect: 'read',
  schema: z.strictObject({ word: z.string() }),
  args: (word = 'hello') => ({ word }),
  describe: ({ word }) => `say ${word}`,
  each: async (host, { word }) => {
    const result = await host.exec(word)
    if (result.exit !== 0) throw new HostTrouble('exit', `exit status ${result.exit}`)
    return result.stdout
  },
})

/** A runtime whose hosts play a script, on a clock that costs no time. */
export interface Stage {
  readonly calls: Attempted[]
  readonly progress: Progress[]
  readonly published: Json[]
  readonly clock: Clock
  run<O>(operation: Operation<any, O>, input?: unknown, options?: RunOptions): Promise<O>
  submit<O>(operation: Operation<any, O>, input?: unknown, options?: RunOptions): Promise<Execution<O>>
  /** Who was called by which way, in order: `a`, or `a by agent` where the way isn't ssh. */
  called(): string[]
}

/** What differs from a stage of its own: its clock, its store, its bounds, and how flows are named. */
export interface StageOptions {
  readonly clock?: Clock
  readonly store?: SpillStore
  readonly concurrency?: number
  readonly timeout?: number
  readonly names?: ReadonlyMap<object, string>
}

export function stage(script: Script = {}, options: StageOptions = {}): Stage {
  const { clock = fakeClock(), store = memoryStore(), names = new Map(), ...bounds } = options
  const port = scriptedHosts(script, clock, bounds)
  const progress: Progress[] = []
  const published: Json[] = []
  const runtime = localRuntime({
    hosts: port,
    store,
    clock,
    out: { publish: (_topic, data) => void published.push(data) },
    progress: event => progress.push(event),
    nameOf: operation => names.get(operation),
  })
  return {
    calls: port.calls,
    progress,
    published,
    clock,
    submit: (operation, input, more = {}) => runtime.submit(operation, input, more),
    run: async (operation, input, more = {}) => (await runtime.submit(operation, input, more)).result(),
    called: () => port.calls.map(({ host, via }) => (via === 'ssh' ? host : `${host} by ${via}`)),
  }
}

/** What became of every host: `a: ok hello`, `b: unreachable`, `c: left`. */
export function tale(outcome: {
  readonly successful: readonly { readonly host: string; readonly value: unknown }[]
  readonly failure: readonly { readonly host: string; readonly code: string }[]
  readonly left: readonly { readonly host: string }[]
}): string[] {
  return [
    ...outcome.successful.map(({ host, value }) => `${host}: ok ${JSON.stringify(value)}`),
    ...outcome.failure.map(({ host, code }) => `${host}: ${code}`),
    ...outcome.left.map(({ host }) => `${host}: left`),
  ].sort()
}
