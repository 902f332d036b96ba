/**
 * Takes leases from whoever has them and writes under them, so many times, and tells what was acknowledged.
 * Usage: rival.ts <database> <owner> <times>
 */
import process from 'node:process'
import { LeaseLost } from '../../../../src/core/execution-errors.ts'
import { openDatabase, openExecutionStore } from '../../../../src/state/sqlite/index.ts'
import { entriesOf, startOf } from '../../executions.ts'
import { tell } from './tell.ts'

const [file = '', owner = '', times = ''] = process.argv.slice(2)
const database = openDatabase(file, { fsync: false, onSetAside: ({ movedTo }) => tell({ movedTo }) })
const store = openExecutionStore(database)

for (let count = 0; count < Number(times); count++) {
  const start = startOf(`shared-${count % 7}`)
  const started = await store.start(start, owner, 0)
  if (started.kind === 'started') tell({ started: start.name })
  const lease = await store.acquire(start.id, owner, 0, Number.MAX_SAFE_INTEGER)
  if (lease === undefined) throw new Error('an expired lease can always be taken')
  const { fence } = lease
  try {
    for (const half of [0, 1]) {
      const id = 2 * count + half
      store.append(
        start.id,
        fence,
        entriesOf(id).map(entry => ({ ...entry, note: { owner, fence } })),
      )
      await store.flush(start.id, fence)
      tell({ written: { id, owner, fence } })
    }
  } catch (thrown) {
    if (!(thrown instanceof LeaseLost)) throw thrown
    tell({ lost: fence })
  }
}
await store.close()
database.close()
