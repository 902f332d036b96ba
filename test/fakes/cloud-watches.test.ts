import { cloudWatchStoreTests } from '../state/cloud-watches.ts'
import { cloudWatches } from './cloud-watches.ts'

// The fake is held to what the table is held to.
cloudWatchStoreTests(async () => {
  const store = cloudWatches()
  return async () => store
})
