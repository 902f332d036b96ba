import { AwsRefused } from '../../core/aws-errors/errors.ts'
import { awsNameOf } from '../../core/aws-errors/explain.ts'
import type { Aws } from './clients.ts'
import { NotDeployed } from './errors.ts'

/** What is deployed, as the stack's outputs tell it. */
export interface Deployed {
  /** The stack's name. */
  readonly stack: string
  /** Its ARN. */
  readonly id: string
  readonly region: string
  readonly account: string
  /** CloudFormation's word, such as `UPDATE_COMPLETE`. */
  readonly status: string
  /** Milliseconds since the epoch. */
  readonly changedAt: number | undefined
  /** ARNs of the state machines by the names of their flows. */
  readonly machines: ReadonlyMap<string, string>
  readonly table: string | undefined
  readonly bucket: string | undefined
  readonly version: string | undefined
  readonly outputs: Readonly<Record<string, string>>
}

/**
 * Reads the stack's outputs; answers nothing where there is no such stack. A stack whose first deployment has not
 * come to an end has none yet.
 */
export async function findStack(aws: Aws): Promise<Deployed | undefined> {
  const { stack } = aws.settings
  const answer = await aws
    .ask('cloudformation', 'cloudformation:DescribeStacks', client =>
      client.describeStacks({ StackName: stack }),
    )
    .catch((error: unknown) => {
      if (isAbsent(error)) return undefined
      throw error
    })
  const found = answer?.Stacks?.[0]
  if (found === undefined || found.StackStatus === 'DELETE_COMPLETE') return undefined
  const id = found.StackId ?? ''
  const [, , , region = '', account = ''] = id.split(':')
  const outputs = Object.fromEntries(
    (found.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
  )
  return {
    stack,
    id,
    region,
    account,
    status: found.StackStatus ?? '',
    changedAt: (found.LastUpdatedTime ?? found.CreationTime)?.getTime(),
    machines: machinesIn(outputs, stack),
    table: outputs.TableName,
    bucket: outputs.BucketName,
    version: outputs.Version,
    outputs,
  }
}

/** What is deployed. Rejects with `NotDeployed` where nothing is. */
export async function deployedStack(aws: Aws): Promise<Deployed> {
  const found = await findStack(aws)
  if (found !== undefined && found.machines.size > 0) return found
  const where = `in region ${await aws.region()}`
  if (found === undefined)
    throw new NotDeployed(
      `there is no stack ${aws.settings.stack} ${where}: reops deploy makes it; if it is elsewhere, see aws.region, aws.profile and aws.stack in reops.config.ts`,
    )
  throw new NotDeployed(
    `the stack ${found.stack} ${where} has no flows (${found.status}): reops deploy puts them there`,
  )
}

/** The state machine of a flow. Throws `NotDeployed`, which says what is deployed. */
export function machineOf({ machines, stack }: Deployed, flow: string): string {
  const arn = machines.get(flow)
  if (arn !== undefined) return arn
  throw new NotDeployed(
    `the flow ${flow} is not deployed; ${stack} has ${[...machines.keys()].join(', ')}: reops deploy brings what flows/index.ts exports now`,
    { detail: { flow, deployed: [...machines.keys()] } },
  )
}

/** A state machine is named by the stack and its flow; an output's key has letters and digits only. */
function machinesIn(outputs: Readonly<Record<string, string>>, stack: string): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(outputs).flatMap(([key, arn]) => {
      const name = key.startsWith('StateMachine') ? arn.split(':')[6] : undefined
      return name?.startsWith(`${stack}-`) ? [[name.slice(stack.length + 1), arn] as const] : []
    }),
  )
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof AwsRefused &&
    awsNameOf(error) === 'ValidationError' &&
    error.message.includes('does not exist')
  )
}
