import { createHash } from 'node:crypto'
import type * as iam from 'aws-cdk-lib/aws-iam'
import type * as logs from 'aws-cdk-lib/aws-logs'
import * as sfn from 'aws-cdk-lib/aws-stepfunctions'
import { Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Compiled } from '../src/compile/compile.ts'
import type { StateMachine } from '../src/core/asl.ts'
import { acknowledgeDelivery, addFlowRole } from './flow-role.ts'
import type { DeployedFunction } from './function.ts'
import type { Places } from './grant.ts'
import { capitals } from './names.ts'

/** What a state machine is made of. */
export interface MachineParts {
  readonly flow: string
  readonly compiled: Compiled
  /** By the substitutions that stand for them. */
  readonly functions: ReadonlyMap<string, DeployedFunction>
  readonly logGroup: logs.LogGroup
  readonly places: Places
}

/** A deployed flow. */
export interface DeployedMachine {
  readonly flow: string
  readonly name: string
  readonly machine: sfn.StateMachine
}

/** Adds the Standard state machine of a flow. */
export function addStateMachine(scope: Construct, parts: MachineParts): DeployedMachine {
  const { flow, compiled, functions, places, logGroup } = parts
  const name = `${places.stack}-${flow}`
  const id = `Flow${capitals(flow)}`
  const own = new Construct(scope, id)
  const used = functionsIn(compiled.machine, functions)
  const role = addFlowRole(own, name, [...used.values()], compiled.machine, places)
  const machine = addMachine(own, { id, name, machine: compiled.machine, used, role, logGroup })
  return { flow, name, machine }
}

/** A machine that is deployed as it is compiled. */
export interface PublishedParts {
  /** What the logical ids of its versions begin with. */
  readonly id: string
  readonly name: string
  readonly machine: StateMachine
  /** The functions that it calls, by their substitutions. */
  readonly used: ReadonlyMap<string, DeployedFunction>
  /** What stands for its other substitutions. */
  readonly filled?: Readonly<Record<string, string>>
  readonly role: iam.Role
  readonly logGroup: logs.LogGroup
}

/**
 * Adds a Standard state machine: the very ASL that the compiler gives, in which the deployment fills in the published
 * versions of the functions. An execution keeps the definition that it began with and with it the code.
 */
export function addMachine(own: Construct, parts: PublishedParts): sfn.StateMachine {
  const { name, used, filled = {}, role, logGroup } = parts
  const machine = new sfn.StateMachine(own, 'Machine', {
    stateMachineName: name,
    stateMachineType: sfn.StateMachineType.STANDARD,
    definitionBody: sfn.DefinitionBody.fromString(JSON.stringify(parts.machine)),
    definitionSubstitutions: {
      ...Object.fromEntries([...used].map(([key, { version }]) => [key, version.functionArn])),
      ...filled,
    },
    role,
    // What happened and not with which data: histories have that, and they are read by those who may read executions.
    logs: { destination: logGroup, level: sfn.LogLevel.ALL, includeExecutionData: false },
    tracingEnabled: true,
  })
  acknowledgeDelivery(role)
  publish(own, parts.id, machine, used)
  return machine
}

/** Only the functions that this machine's tasks name. */
export function functionsIn(
  machine: StateMachine,
  functions: ReadonlyMap<string, DeployedFunction>,
): ReadonlyMap<string, DeployedFunction> {
  const text = JSON.stringify(machine)
  return new Map([...functions].filter(([name]) => text.includes(`\${${name}}`)))
}

/**
 * A version is published whenever the definition or a function's version in it is another one, and is kept. Its logical
 * id says so: only a new one makes CloudFormation publish.
 */
function publish(
  own: Construct,
  id: string,
  machine: sfn.StateMachine,
  used: ReadonlyMap<string, DeployedFunction>,
): void {
  const stack = Stack.of(own)
  const definition = (machine.node.defaultChild as sfn.CfnStateMachine).definitionString
  const version = new sfn.CfnStateMachineVersion(own, 'Version', {
    stateMachineArn: machine.stateMachineArn,
    stateMachineRevisionId: machine.stateMachineRevisionId,
  })
  version.applyRemovalPolicy(RemovalPolicy.RETAIN)
  version.overrideLogicalId(
    Lazy.uncachedString({
      produce: () => {
        const versions = [...used.values()].map(one => JSON.stringify(stack.resolve(one.version.functionArn)))
        return `${id}Version${digest([JSON.stringify(stack.resolve(definition)), ...versions])}`
      },
    }),
  )
}

/** A short name for texts, in their order. */
function digest(texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 12)
}
