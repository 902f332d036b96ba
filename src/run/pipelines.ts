import { type Flow, parseInput } from '../core/flow.ts'
import type { Json } from '../core/json.ts'
import type { PipelinesPort } from '../core/pipelines.ts'
import { type SpillStore, spill } from '../core/spill.ts'
import { conclude } from './conclude.ts'
import type { Executions } from './executions.ts'
import { findFlow } from './flows.ts'

/** Flows that operations run, as executions of this runtime. `executions` is asked for when the first one is. */
export function openPipelines(
  executions: () => Executions,
  flows: ReadonlyMap<string, Flow>,
  store: SpillStore,
): PipelinesPort {
  return {
    run: async (name, input, { signal, parent, name: wanted }) => {
      const flow = findFlow(flows, name)
      const all = executions()
      const kept = await spill(parseInput(name, flow, input) as Json, 'fields', store)
      const running = await all.begin({
        operation: flow,
        flow: name,
        input: kept,
        name: await all.notEnded(name, wanted),
        parent,
      })
      const cancel = () =>
        running.cancel(signal.reason instanceof Error ? signal.reason.message : String(signal.reason))
      if (signal.aborted) cancel()
      else signal.addEventListener('abort', cancel, { once: true })
      try {
        const output = await conclude(await running.ended, running.name, store, running.invoke)
        const { version } = all.compile(flow, name)
        return { execution: running.name, version, output: output as Json }
      } finally {
        signal.removeEventListener('abort', cancel)
      }
    },
  }
}
