import { openMemorySystemStore } from '../../../src/state/memory/systems.ts'
import { conformSystemStore } from '../system-store.ts'

conformSystemStore('in memory', async () => {
  const store = openMemorySystemStore()
  return { store, close: () => store.close() }
})
