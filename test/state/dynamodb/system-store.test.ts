import { conformSystemStore } from '../system-store.ts'
import { useDynamo } from './table.ts'

const { table, open } = useDynamo()

conformSystemStore('in DynamoDB', async () => {
  const store = await open(await table())
  return { store, close: () => store.close() }
})
