import { openMemoryJobStore } from '../../../src/state/memory/jobs.ts'
import { conformJobStore } from '../job-store.ts'

conformJobStore('in memory', async () => ({ store: openMemoryJobStore(), close: async () => {} }))
