import { findInFlows } from '../shared/find.ts'
import { cloudSystems } from '../shared/systems.ts'
import { serveTasks } from '../shared/tasks.ts'

/** Looks for systems in the stack's table, and does nothing else. */
export const handler = serveTasks(environment => ({
  find: findInFlows(),
  systems: cloudSystems(environment),
}))
