import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { findInFlows } from '../shared/find.ts'
import { runCommandHosts } from '../shared/run-command.ts'
import { cloudSystems } from '../shared/systems.ts'
import { serveTasks } from '../shared/tasks.ts'

/** Creates, starts, stops and destroys instances of EC2, and knocks at them until they are ready. */
export const handler = serveTasks(environment => ({
  find: findInFlows(),
  hosts: runCommandHosts(environment),
  systems: cloudSystems(environment, { ec2: () => openProvider(environment) }),
}))

/** EC2's client costs a good part of a second: it is loaded when an instance is touched. */
async function openProvider({ settings }: FunctionEnvironment) {
  const { openEc2 } = await import('../../src/providers/ec2/index.ts')
  return openEc2(settings.aws)
}
