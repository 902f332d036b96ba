/**
 * Wants the lease of every one of so many systems, and of one more at every tick of a clock, under which it changes
 * that one; tells what it got. Usage: contender.ts <database> <owner> <times>
 */
import process from 'node:process'
import { RevisionConflict, SystemLeaseLost } from '../../../../src/core/systems/store.ts'
import { openDatabase, openSystemStore } from '../../../../src/state/sqlite/index.ts'
import { idOf, systemOf } from '../../systems.ts'
import { tell } from './tell.ts'

const [file = '', owner = '', times = ''] = process.argv.slice(2)
const database = openDatabase(file, { fsync: false })
const store = openSystemStore(database)
const shared = idOf(0)

for (let tick = 1; tick <= Number(times); tick++) {
  const single = await store.acquire(idOf(tick), owner, 'win', 1, 0)
  tell({ single: tick, taken: single.taken, holder: single.lease.owner })

  const { taken, lease } = await store.acquire(shared, owner, 'change', 1, tick)
  if (!taken) continue
  const author = { by: owner, at: tick, fence: lease.fence }
  tell({ tick, fence: lease.fence })
  try {
    const { revision } = await store.add(systemOf(0, { stage: `${lease.fence}` }), author)
    // Somebody may take it from here on: its clock may be ahead of ours.
    await store.change(shared, revision, { stage: `${lease.fence}` }, author)
    tell({ changed: lease.fence })
  } catch (thrown) {
    if (!(thrown instanceof SystemLeaseLost || thrown instanceof RevisionConflict)) throw thrown
    tell({ lost: lease.fence })
  }
}
await store.close()
database.close()
