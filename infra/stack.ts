import * as logs from 'aws-cdk-lib/aws-logs'
import { type App, CfnOutput, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib/core'
import { ownTag } from '../src/core/aws.ts'
import { defined } from '../src/core/defined.ts'
import { addAlarms } from './alarms.ts'
import { addSkill, skillFunction } from './alexa.ts'
import { addBridgePolicy } from './bridge-policy.ts'
import { addBucket } from './bucket.ts'
import type { Bundles } from './bundles.ts'
import { addDashboard } from './dashboard.ts'
import { addDeadLetters } from './dead-letters.ts'
import { addEventRules } from './event-rules.ts'
import { placesOf } from './function.ts'
import { addFunctions } from './functions.ts'
import { bridgeMail, mailPlaces } from './mail.ts'
import { outputKey } from './names.ts'
import { addNetwork } from './network.ts'
import type { Project } from './project.ts'
import { addReadingsPolicy } from './readings-policy.ts'
import { addSchedules } from './schedule.ts'
import { addStateMachine } from './state-machine.ts'
import { addSwitchesPolicy } from './switches-policy.ts'
import { addTable } from './table.ts'
import { addWatches } from './watches.ts'
import { addWebhooks, webhookFunction } from './webhooks.ts'

/**
 * Builds the one stack of a project. It has no protection against being deleted: its machines and functions are made
 * again by a deployment, and what could not be (table and bucket) outlives it, unless the context `removeData` is set.
 */
export function buildStack(app: App, project: Project, bundles: Bundles): Stack {
  const { settings } = project
  const { stack: name, region, account } = settings
  const stack = new Stack(app, name, {
    stackName: name,
    description: `Re-ops: the flows of ${name} as state machines, and what they work with`,
    // Without them it goes wherever credentials lead, and is the same for all places.
    env: defined({ region, account }),
    tags: { [ownTag]: name },
    terminationProtection: false,
  })
  Tags.of(stack).add(ownTag, name)

  const removeData = String(app.node.tryGetContext('removeData')) === 'true'
  const table = addTable(stack, name, removeData)
  const bucket = addBucket(stack, settings.spillDays, removeData)
  const deadLetters = addDeadLetters(stack, name)
  const places = {
    ...placesOf(stack, table.tableName, bucket.bucketName),
    ...mailPlaces(project.config.mail, stack),
  }
  const functions = addFunctions(stack, { project, bundles, places, network: addNetwork(stack, project) })

  const logGroup = new logs.LogGroup(stack, 'StateLogs', {
    // Under this prefix AWS needs no policy of its own for every group that machines log to.
    logGroupName: `/aws/vendedlogs/states/${name}`,
    retention: settings.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const machines = [...project.machines].map(([flow, compiled]) =>
    addStateMachine(stack, { flow, compiled, functions, logGroup, places }),
  )
  const starter = addSchedules(stack, {
    schedules: project.schedules,
    machines: new Map(machines.map(one => [one.flow, one])),
    logGroup,
    deadLetters,
    places,
  })
  const watches = addWatches(stack, {
    watches: project.watches,
    ...{ machines, functions, logGroup, deadLetters, places },
  })
  addReadingsPolicy(stack, places, project.watches)
  addSwitchesPolicy(stack, places, project.switches)
  const spot = functions.get('SpotFunction')
  if (spot !== undefined) addEventRules(stack, spot, deadLetters, name)
  const bridge = functions.get('BridgeFunction')
  if (bridge !== undefined) addBridgePolicy(stack, places, settings.systems, bridgeMail(project.config.mail))

  const skill = functions.get(skillFunction)
  if (skill !== undefined) addSkill(stack, skill, settings.alexa!.skillId!)

  const webhook = functions.get(webhookFunction)
  if (webhook !== undefined) addWebhooks(stack, webhook)

  const alarms = addAlarms(stack, {
    machines,
    watches,
    starter,
    functions: [...functions.values()],
    bridge,
    deadLetters,
    logGroup,
    email: settings.alarms.email,
    places,
  })
  addDashboard(stack, {
    stack: name,
    machines: [...machines, ...watches.map(({ deployed }) => deployed)],
    functions: [...functions.values()],
    table,
    deadLetters,
    alarms,
  })

  for (const { flow, machine } of machines)
    new CfnOutput(stack, outputKey(flow), { value: machine.stateMachineArn, description: `The flow ${flow}` })
  new CfnOutput(stack, 'TableName', { value: table.tableName })
  new CfnOutput(stack, 'BucketName', { value: bucket.bucketName })
  new CfnOutput(stack, 'Version', { value: project.release, description: 'The release of Re-ops' })
  return stack
}
