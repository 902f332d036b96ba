export { createScheduleKeeper, type ScheduleKeeper } from './keeper.ts'
