import path from 'node:path'
import * as z from 'zod'
import type { ExecutionStore } from '../../src/core/executions.ts'
import { type Flow, flow } from '../../src/core/flow.ts'
import { operation } from '../../src/core/operation/operation.ts'
import type { Remote } from '../../src/core/ports.ts'
import { pipe, source } from '../../src/index.ts'
import { type LocalRuntime, localRuntime } from '../../src/run/local-runtime.ts'
import { openSpillFolder } from '../../src/state/spill-folder.ts'
import { openDatabase, openExecutionStore } from '../../src/state/sqlite/index.ts'

/** What a step does before it answers, for flows that shall stand still somewhere. */
export type Before = (step: number, signal: AbortSignal) => Promise<void>

/** A flow of code steps, each a Task, each of which counts one further; it answers how far it came. */
export function countingFlow(steps: number, before?: Before): Flow {
  const step = (index: number) =>
    operation({
      name: `step${index + 1}`,
      site: 'code',
      effect: 'read',
      schema: z.strictObject({}),
      handle: async (n: number, _args, { signal }) => {
        await before?.(index, signal)
        return n + 1
      },
    })({})
  const all = [source(0), ...Array.from({ length: steps }, (_, index) => step(index))] as const
  return flow({ input: z.strictObject({}), steps: (pipe as any)(...all) }) as Flow
}

/** A runtime over the database of a folder, as the command makes one. */
export function durableRuntime(
  folder: string,
  flows: ReadonlyMap<string, Flow>,
  fsync: boolean,
): LocalRuntime {
  const names = new Map([...flows].map(([name, one]) => [one as object, name]))
  return localRuntime({
    hosts: { concurrency: 1, timeout: 60_000, open: async () => ({}) as Remote, close: async () => {} },
    store: openSpillFolder(path.join(folder, 'spilled')),
    out: { publish: () => {} },
    progress: () => {},
    nameOf: one => names.get(one),
    flows,
    journal: () => openStore(folder, fsync),
  })
}

/** The store of executions in a folder; closing it closes its database. */
export function openStore(folder: string, fsync: boolean): ExecutionStore {
  const database = openDatabase(path.join(folder, 'reops.db'), { fsync })
  const store = openExecutionStore(database)
  return {
    ...store,
    async close() {
      await store.close()
      database.close()
    },
  }
}
