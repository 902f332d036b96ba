import { setTimeout as sleep } from 'node:timers/promises'
import type { DescribeExecutionOutput, ExecutionListItem } from '@aws-sdk/client-sfn'
import { AwsRefused } from '../../core/aws-errors/errors.ts'
import { awsNameOf } from '../../core/aws-errors/explain.ts'
import { defined } from '../../core/defined.ts'
import { ExecutionNameTaken } from '../../core/execution-errors.ts'
import type { ExecutionFilter, ExecutionStatus } from '../../core/executions.ts'
import type { Json } from '../../core/json.ts'
import { sameJson } from '../../state/same-json.ts'
import type { Aws } from './clients.ts'
import type { Deployed } from './stack.ts'

/** An execution as AWS tells of it. Times are milliseconds since the epoch. */
export interface CloudExecution {
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly flow: string
  readonly status: ExecutionStatus
  readonly startedAt: number
  readonly stoppedAt?: number
  readonly redrives: number
}

/** All that AWS says of one execution besides its events. */
export interface CloudRecord extends CloudExecution {
  readonly input?: Json
  readonly output?: Json
  readonly error?: string
  readonly cause?: string
  /** Why it can't be redriven, where AWS says so. */
  readonly notRedrivable?: string
}

/** Bytes of UTF-8 that AWS takes for an execution's input. */
const mostInput = 262_144

/** Pauses in milliseconds after which an execution that was just started is asked for again. */
const knownAfter = [100, 200, 400, 800, 1_600, 3_200]

/**
 * Starts an execution. The same name and input is started once: one that has them already is answered, also after it
 * ended. Rejects with `ExecutionNameTaken` for another input, and `AwsRefused` for one that is too large.
 */
export async function startExecution(
  aws: Aws,
  { machine, flow, name, input }: { machine: string; flow: string; name: string; input: Json },
): Promise<{ readonly id: string; readonly fresh: boolean }> {
  const text = JSON.stringify(input)
  const bytes = Buffer.byteLength(text)
  if (bytes > mostInput)
    throw new AwsRefused(
      `the input of ${flow} has ${bytes} bytes and Step Functions takes ${mostInput}: give it fewer fields, or a reference to where the data is`,
    )
  const id = executionArn(machine, name)
  try {
    const { executionArn = id } = await aws.ask('states', 'states:StartExecution', client =>
      client.startExecution({ stateMachineArn: machine, name, input: text }),
    )
    return { id: executionArn, fresh: true }
  } catch (error) {
    if (awsNameOf(error) !== 'ExecutionAlreadyExists') throw error
    // It may have been started by the very call whose answer was lost.
    const there = await describeStarted(aws, id)
    if (there.input === undefined || !sameJson(there.input, input))
      throw new ExecutionNameTaken({ id, name, flow }, there.status)
    return { id, fresh: false }
  }
}

/** What AWS says of an execution, by its ARN; nothing where it knows none. */
export async function describeExecution(aws: Aws, id: string): Promise<CloudRecord | undefined> {
  try {
    return recordOf(
      await aws.ask('states', 'states:DescribeExecution', client =>
        client.describeExecution({ executionArn: id }),
      ),
      aws.settings.stack,
    )
  } catch (error) {
    if (isUnknown(error)) return undefined
    throw error
  }
}

/** The same of one that was just started, which AWS may not know of for a moment. */
export async function describeStarted(aws: Aws, id: string): Promise<CloudRecord> {
  for (const pause of [...knownAfter, 0]) {
    const found = await describeExecution(aws, id)
    if (found !== undefined) return found
    await sleep(pause)
  }
  throw new AwsRefused(
    `Step Functions took the execution ${id} and does not know it any more: look for it in the console`,
  )
}

/** Executions of these flows, newest first. */
export async function listExecutions(
  aws: Aws,
  { machines }: Pick<Deployed, 'machines'>,
  { flow, status, since = 0, limit = 100 }: ExecutionFilter,
): Promise<readonly CloudExecution[]> {
  const wanted = [...machines].filter(([name]) => flow === undefined || name === flow)
  const lists = await Promise.all(wanted.map(([, arn]) => listOf(aws, arn, { status, since, limit })))
  return lists
    .flat()
    .sort((a, b) => b.startedAt - a.startedAt)
    .slice(0, limit)
}

/** AWS's own pages; the newest come first, so that it ends at the first that is too old. */
async function listOf(
  aws: Aws,
  machine: string,
  { status, since, limit }: { status: ExecutionStatus | undefined; since: number; limit: number },
): Promise<CloudExecution[]> {
  const found: CloudExecution[] = []
  let nextToken: string | undefined
  do {
    const page = await aws.ask('states', 'states:ListExecutions', client =>
      client.listExecutions({
        stateMachineArn: unversioned(machine),
        maxResults: Math.min(1_000, limit - found.length),
        ...(status === undefined ? {} : { statusFilter: status }),
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    )
    for (const item of page.executions ?? []) {
      const one = executionOf(item, aws.settings.stack)
      if (one.startedAt < since) return found
      found.push(one)
    }
    nextToken = page.nextToken
  } while (nextToken !== undefined && found.length < limit)
  return found
}

/** Asks an execution to stop. Answers false where AWS knows none that runs. */
export async function stopExecution(aws: Aws, id: string, cause: string): Promise<void> {
  await aws.ask('states', 'states:StopExecution', client =>
    client.stopExecution({ executionArn: id, error: 'Cancelled', cause: cause.slice(0, 32_768) }),
  )
}

/** Goes on from where an execution failed, as AWS does. Rejects with `AwsRefused` where it can't be. */
export async function redriveExecution(aws: Aws, id: string): Promise<void> {
  await aws.ask('states', 'states:RedriveExecution', client => client.redriveExecution({ executionArn: id }))
}

/** The definition of an execution's state machine as it was when it started; nothing where AWS doesn't say. */
export async function definitionOf(aws: Aws, id: string): Promise<unknown> {
  const { definition } = await aws.ask('states', 'states:DescribeStateMachineForExecution', client =>
    client.describeStateMachineForExecution({ executionArn: id }),
  )
  return definition === undefined ? undefined : JSON.parse(definition)
}

/** The ARN of an execution by its state machine's. */
export function executionArn(machine: string, name: string): string {
  return `${unversioned(machine).replace(':stateMachine:', ':execution:')}:${name}`
}

/** Without the version or the alias that may stand behind a state machine's ARN. */
function unversioned(machine: string): string {
  return machine.split(':').slice(0, 7).join(':')
}

function recordOf(said: DescribeExecutionOutput, stack: string): CloudRecord {
  const { error, cause, redriveStatus, redriveStatusReason } = said
  return {
    ...executionOf(said, stack),
    ...defined({
      input: parsed(said.input),
      output: parsed(said.output),
      error,
      cause,
      notRedrivable: redriveStatus === 'REDRIVABLE' ? undefined : redriveStatusReason,
    }),
  }
}

function executionOf(said: ExecutionListItem | DescribeExecutionOutput, stack: string): CloudExecution {
  const { executionArn: id = '', name = '', startDate, stopDate, redriveCount = 0 } = said
  const machine = id.split(':')[6] ?? ''
  return {
    id,
    name,
    flow: machine.startsWith(`${stack}-`) ? machine.slice(stack.length + 1) : machine,
    status: said.status === undefined || said.status === 'PENDING_REDRIVE' ? 'RUNNING' : said.status,
    startedAt: startDate?.getTime() ?? 0,
    ...defined({ stoppedAt: stopDate?.getTime() }),
    redrives: redriveCount,
  }
}

function parsed(text: string | undefined): Json | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Json)
}

function isUnknown(error: unknown): boolean {
  return awsNameOf(error) === 'ExecutionDoesNotExist'
}
