import { openMemoryExecutionStore } from '../../../src/state/memory/executions.ts'
import { conformExecutionStore } from '../execution-store.ts'

conformExecutionStore('in memory', async () => {
  const store = openMemoryExecutionStore()
  return { store, close: () => store.close() }
})
