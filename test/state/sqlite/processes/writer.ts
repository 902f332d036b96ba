/**
 * Goes on with every execution that it finds and starts new ones, forever, and tells what was acknowledged.
 * Usage: writer.ts <database> <prefix of names>
 */
import process from 'node:process'
import { openDatabase, openExecutionStore } from '../../../../src/state/sqlite/index.ts'
import { entriesOf, idsIn, startOf } from '../../executions.ts'
import { tell } from './tell.ts'

const [file = '', prefix = ''] = process.argv.slice(2)
const database = openDatabase(file)
const store = openExecutionStore(database)
tell({ sound: database.setAside === undefined })

/** An execution has this many entries. */
const length = 12

async function goOn(id: string, name: string, fence: number, from: number): Promise<void> {
  for (let last = from; last < length; ) {
    const next = Math.min(length, last + 1 + (last % 3))
    const entries = entriesOf(...Array.from({ length: next - last }, (_, index) => last + index + 1))
    store.append(
      id,
      fence,
      entries.map(entry => ({ ...entry, note: 'x'.repeat((next * 997) % 1500) })),
    )
    await store.flush(id, fence)
    last = next
    tell({ name, last })
  }
  await store.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: 2, output: name })
  tell({ name, last: length, finished: true })
}

async function lane(number: number): Promise<never> {
  for (let count = 0; ; count++) {
    const name = `${prefix}-${number}-${count}`
    const started = await store.start(startOf(name), 'writer', 0)
    tell({ name, last: 0 })
    if (started.kind === 'started') await goOn(started.record.id, name, started.lease.fence, 0)
  }
}

const left = store.abandoned(Number.MAX_SAFE_INTEGER).map(async ({ id, name }) => {
  const lease = await store.acquire(id, 'writer', 0, Number.MAX_SAFE_INTEGER)
  if (lease) await goOn(id, name, lease.fence, idsIn(store.journal(id)).length)
})
await Promise.all([...left, ...[0, 1, 2].map(lane)])
