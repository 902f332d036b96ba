import { findInFlows } from '../shared/find.ts'
import { serveTasks } from '../shared/tasks.ts'

/** The author's functions: they get data and answer data, and may do nothing in AWS. */
export const handler = serveTasks(() => ({ find: findInFlows() }))
