import { findInFlows } from '../shared/find.ts'
import { runCommandHosts } from '../shared/run-command.ts'
import { cloudSystems } from '../shared/systems.ts'
import { serveTasks } from '../shared/tasks.ts'

/** Operations on hosts in AWS, by Run Command. */
export const handler = serveTasks(environment => ({
  find: findInFlows(),
  hosts: runCommandHosts(environment),
  systems: cloudSystems(environment),
}))
