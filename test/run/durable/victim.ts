import path from 'node:path'
import type { Remote } from '../../../src/core/ports.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { openExecutions } from '../../../src/run/open-executions.ts'
import { openSpillFolder } from '../../../src/state/spill-folder.ts'
import { stateIn } from './state.ts'
import { victims } from './victim-flows.ts'

/** A process to be killed: goes on with what the one before it left, starts what there is to start, and waits. */
const folder = process.argv[2]!
const each = Number(process.argv[3])
const names = new Map([...victims].map(([name, flow]) => [flow as object, name]))

const runtime = localRuntime({
  hosts: { concurrency: 2, timeout: 60_000, open: async () => ({}) as Remote, close: async () => {} },
  store: openSpillFolder(path.join(folder, 'spilled')),
  out: { publish: () => {} },
  progress: () => {},
  nameOf: operation => names.get(operation),
  flows: victims,
  journal: () => openExecutions(stateIn(folder)),
})

await runtime.resumeAbandoned()
const results = [...victims].flatMap(([name, flow]) =>
  Array.from({ length: each }, async (_, n) => {
    const execution = await runtime.submit(flow, { n }, { name: `${name}-${n}` })
    return execution.result().catch(() => undefined)
  }),
)
process.stdout.write('ready\n')
await Promise.all(results)
await runtime.close()
process.stdout.write('done\n')
