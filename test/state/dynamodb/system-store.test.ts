import { conformSystemStore } from '../system-store.ts'
import { useDynamo } from './table.ts'

const { table, open } = useDynamo()

const opened = async () => {
  const store = await open(await table())
  return { store, close: () => store.close() }
}
conformSystemStore('in DynamoDB', opened, 12)
