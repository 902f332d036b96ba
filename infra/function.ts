import type * as ec2 from 'aws-cdk-lib/aws-ec2'
import * as iam from 'aws-cdk-lib/aws-iam'
import * as lambda from 'aws-cdk-lib/aws-lambda'
import * as logs from 'aws-cdk-lib/aws-logs'
import { Duration, RemovalPolicy, type Stack } from 'aws-cdk-lib/core'
import { Construct } from 'constructs'
import type { Permission } from '../src/core/aws.ts'
import { defined } from '../src/core/defined.ts'
import { acknowledgeWildcard, grant, type Places } from './grant.ts'

/** What a function is made of. */
export interface FunctionParts {
  readonly capability: string
  /** The folder of its bundle. */
  readonly code: string
  /** Seconds. */
  readonly timeoutSeconds: number
  readonly environment: Readonly<Record<string, string>>
  readonly permissions: readonly Permission[]
  readonly places: Places
  readonly logDays: number
  /** How many calls it answers at once, set apart from the account's; as many as there are when left out. */
  readonly reservedConcurrency?: number
  /** Lambda's own lines for each call are left out of its log. */
  readonly quiet?: boolean
  readonly network?: { readonly vpc: ec2.IVpc; readonly securityGroup: ec2.ISecurityGroup } | undefined
}

export interface DeployedFunction {
  readonly capability: string
  readonly role: iam.Role
  readonly function: lambda.Function
  /** What state machines call: a published version never changes and is kept for the executions that began with it. */
  readonly version: lambda.IVersion
}

/**
 * MiB. Lambda gives processor time by memory, and starting is what these functions spend it on: four times the least is
 * about a quarter of the time, for the same money.
 */
const memorySize = 512

/** Adds the function that answers the tasks of a capability, its log group, and a role that may do just that. */
export function addFunction(scope: Construct, id: string, parts: FunctionParts): DeployedFunction {
  const { capability, places, network } = parts
  const own = new Construct(scope, id)
  const functionName = `${places.stack}-${capability}`
  const logGroup = new logs.LogGroup(own, 'Logs', {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: parts.logDays,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const role = new iam.Role(own, 'Role', {
    assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${functionName} may do: what its operations declare, and its logs`,
  })
  logGroup.grantWrite(role)
  for (const permission of parts.permissions) grant(role, permission, places, whyWide(permission))
  if (network) allowInterfaces(role, functionName, places)
  const made = new lambda.Function(own, 'Function', {
    functionName,
    description: `Re-ops: answers tasks of ${capability}`,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(parts.code),
    memorySize,
    timeout: Duration.seconds(parts.timeoutSeconds),
    tracing: lambda.Tracing.ACTIVE,
    loggingFormat: lambda.LoggingFormat.JSON,
    logGroup,
    role,
    ...(parts.quiet ? { systemLogLevelV2: lambda.SystemLogLevel.WARN } : {}),
    ...defined({ reservedConcurrentExecutions: parts.reservedConcurrency }),
    environment: { ...parts.environment },
    ...(network ? { vpc: network.vpc, securityGroups: [network.securityGroup] } : {}),
    currentVersionOptions: {
      removalPolicy: RemovalPolicy.RETAIN,
      description: `Re-ops: ${capability}`,
    },
  })
  acknowledgeWildcard(role, '*', 'traces are sent to X-Ray, whose actions name no resource')
  // The CDK's classes and interfaces differ by `undefined` in optional properties.
  const version = made.currentVersion as lambda.IFunction as lambda.IVersion
  return { capability, role, function: made, version }
}

/**
 * A function in a VPC has network interfaces, which Lambda makes and removes by its role. It checks these permissions
 * before there is anything to name, so they are for all of them; what runs in the function may not use them.
 */
function allowInterfaces(role: iam.Role, functionName: string, places: Places): void {
  const actions = [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]
  grant(role, { actions }, places, 'Lambda asks for them before there is an interface to name')
  const { partition, region, account } = places
  role.addToPolicy(
    new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      actions,
      resources: ['*'],
      conditions: {
        ArnEquals: {
          'lambda:SourceFunctionArn': `arn:${partition}:lambda:${region}:${account}:function:${functionName}`,
        },
      },
    }),
  )
}

function whyWide({ actions, resources, conditions }: Permission): string {
  const what = actions.join(', ')
  if (resources === undefined || resources.includes('*'))
    return conditions
      ? `${what}: limited by conditions on ${Object.values(conditions).flatMap(Object.keys).join(', ')}`
      : `${what}: actions that name no resource`
  return `${what}: which ones is known when a pipeline runs; they are limited by their kind${conditions ? ' and by conditions' : ', this account and this region'}`
}

/** Where a stack is, for the placeholders of permissions. */
export function placesOf(stack: Stack, tableName: string, bucketName: string): Places {
  const { region, account, partition, stackName } = stack
  return { table: tableName, bucket: bucketName, region, account, partition, stack: stackName }
}
