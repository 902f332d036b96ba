import { findInFlows } from '../shared/find.ts'
import { serveTasks } from '../shared/tasks.ts'

/**
 * Operations of the author's own in the cloud, found in the flows. Each capability is a function of its own, which may do
 * what its operations declare.
 */
export const handler = serveTasks(() => ({ find: findInFlows() }))
