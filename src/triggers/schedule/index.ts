export { createScheduleKeeper, type ScheduleKeeper } from './keeper.ts'
export { type ScheduleStatus, scheduleStatus } from './status.ts'
