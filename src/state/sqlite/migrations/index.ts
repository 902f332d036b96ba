import { executions } from './001-executions.ts'
import { systems } from './002-systems.ts'
import { jobs } from './003-jobs.ts'
import { leaseSince } from './004-lease-since.ts'
import { readings } from './005-readings.ts'
import { schedules } from './006-schedules.ts'

/** What makes each version of the database from the one before, in order. One that has shipped never changes. */
export const migrations: readonly string[] = [executions, systems, jobs, leaseSince, readings, schedules]
