export { createScheduleKeeper, type ScheduleKeeper, type ScheduleKeeperPorts } from './keeper.ts'
export { declaredAs, type Named, type ScheduleStatus, scheduleStatus } from './status.ts'
