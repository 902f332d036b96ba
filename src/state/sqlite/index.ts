export { type Database, type DatabaseOptions, openDatabase } from './database.ts'
export {
  DatabaseBusy,
  DatabaseDamaged,
  DatabaseForeign,
  DatabaseNewer,
  DatabaseReadOnly,
  DatabaseUnavailable,
  StorageFull,
} from './errors.ts'
export { openExecutionStore } from './executions/store.ts'
export { openJobStore } from './jobs/store.ts'
export { openReadingStore } from './readings/store.ts'
export { openScheduleStore } from './schedules/store.ts'
export type { SetAside } from './set-aside.ts'
export { openSystemStore } from './systems/store.ts'
export { openWatchStore } from './watches/store.ts'
