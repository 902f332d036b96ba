import type * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import type { CompiledWatch } from '../src/compile/watch.ts'
import type { Watch } from '../src/core/watch.ts'
import { addFlowRole } from './flow-role.ts'
import type { DeployedFunction } from './function.ts'
import { grant, type Places } from './grant.ts'
import { capitals } from './names.ts'
import { addMachine, type DeployedMachine, functionsIn } from './state-machine.ts'

/** A watch that AWS keeps, and its machine. */
export interface ProjectWatch {
  readonly watch: Watch
  readonly compiled: CompiledWatch
}

export interface WatchMachineParts extends ProjectWatch {
  /** The machines of flows, by their names. */
  readonly flows: ReadonlyMap<string, DeployedMachine>
  readonly functions: ReadonlyMap<string, DeployedFunction>
  readonly logGroup: logs.LogGroup
  readonly places: Places
}

/**
 * Adds the state machine of a watch. Its executions call the function that decides, and start the machines of its own
 * flows; the one of a poll they also follow and stop.
 */
export function addWatchMachine(scope: Construct, parts: WatchMachineParts): DeployedMachine {
  const { watch, compiled, flows, functions, places, logGroup } = parts
  const name = watchMachineName(places.stack, watch.name)
  const id = `Watch${capitals(watch.name)}`
  const own = new Construct(scope, id)
  const used = functionsIn(compiled.machine, functions)
  const role = addFlowRole(own, name, [...used.values()], compiled.machine, places)
  const started = [...compiled.starts].map(([key, flow]) => [key, flows.get(flow)!] as const)
  const arns = started.map(([key, { machine }]) => [key, machine.stateMachineArn] as const)
  const resources = arns.map(([, one]) => one)
  grant(role, { actions: ['states:StartExecution'], resources }, places, '')
  if (compiled.asks !== undefined) allowAsking(role, flows.get(compiled.starts.get(compiled.asks)!)!, places)
  const machine = addMachine(own, {
    id,
    name,
    machine: compiled.machine,
    used,
    filled: Object.fromEntries(arns),
    role,
    logGroup,
  })
  return { flow: `watch-${watch.name}`, name, machine }
}

/** The name of a watch's machine. */
export function watchMachineName(stack: string, watch: string): string {
  return `${stack}-watch-${watch}`
}

/** What Step Functions asks for where one execution waits for another: it hears of its end by a rule of its own. */
function allowAsking(role: iam.Role, asked: DeployedMachine, places: Places): void {
  const { partition, region, account } = places
  const of = (service: string) => `arn:${partition}:${service}:${region}:${account}`
  grant(
    role,
    {
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [`${of('states')}:execution:${asked.name}:*`],
    },
    places,
    'the executions of the one machine that the watch asks, each of which has another name',
  )
  grant(
    role,
    {
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [`${of('events')}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule`],
    },
    places,
    '',
  )
}
