import { compile } from '../../../compile/compile.ts'
import { awsNameOf } from '../../../core/aws-errors/explain.ts'
import type { Flow } from '../../../core/flow.ts'
import { runningIn } from '../../../core/runs.ts'
import { type Caller, callerOf } from '../../../run/aws/account.ts'
import { bootstrapVersion } from '../../../run/aws/bootstrap.ts'
import { reachesBridge, readCloudKey } from '../../../run/aws/bridge-key.ts'
import type { Aws } from '../../../run/aws/clients.ts'
import { isCurrent } from '../../../run/aws/machines.ts'
import { type Deployed, findStack } from '../../../run/aws/stack.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { loadExports } from '../../../run/flows.ts'
import { watchesIn } from '../../../run/triggers-in.ts'
import { version } from '../../../run/version.ts'
import { type Check, fail, leftOut, look, ok, warn } from './check.ts'

/** Milliseconds by which the clock may be wrong; AWS refuses at five minutes. */
const mostSkew = 60_000

/** What is only looked at where AWS knows who asks. */
const behindCredentials = ['clock', 'bootstrap', 'stack', 'table', 'bucket', 'event bus', 'cloud key']

/** Looks at the account, from the credentials to what is deployed. What can't be looked at is said with its reason. */
export async function lookAtAws(
  aws: Aws,
  loaded: LoadedConfig,
  flows: ReadonlyMap<string, Flow> | undefined,
): Promise<readonly Check[]> {
  const region = await look('region', async () => ok(await aws.region()))
  if (region.verdict === 'fail') {
    const rest = ['credentials', ...behindCredentials]
    return [region, ...(await allLeftOut(rest, 'without a region nobody can be asked'))]
  }
  let caller: Caller | undefined
  const credentials = await look('credentials', async () => {
    caller = await callerOf(aws)
    return ok(`${caller.arn} of account ${caller.account}`)
  })
  if (caller === undefined)
    return [
      ...[region, credentials],
      ...(await allLeftOut(behindCredentials, 'without credentials AWS says nothing')),
    ]
  const known = caller
  let stack: Deployed | undefined
  const checks = [
    region,
    credentials,
    await look('clock', () => clock(known)),
    await look('bootstrap', async () => ok(`version ${await bootstrapVersion(aws, known)}`)),
    await look('stack', async () => {
      stack = await findStack(aws)
      return lookAtStack(aws, stack, known, flows)
    }),
  ]
  const there = stack
  return [
    ...checks,
    await look('table', () => lookAtTable(aws, there)),
    await look('bucket', () => lookAtBucket(aws, there)),
    await look('event bus', () => lookAtBus(aws, there, loaded)),
    await look('cloud key', () => lookAtKey(aws, loaded)),
  ]
}

function allLeftOut(names: readonly string[], why: string): Promise<readonly Check[]> {
  return Promise.all(names.map(name => look(name, () => leftOut(why))))
}

function clock({ skewMs }: Caller) {
  if (skewMs === undefined) return leftOut('AWS did not say what time it is')
  const seconds = Math.round(Math.abs(skewMs) / 1000)
  if (Math.abs(skewMs) <= mostSkew) return ok(seconds <= 1 ? 'right' : `within ${seconds} s`)
  return warn(
    `this machine's clock is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead'}; AWS refuses calls from 300 s on`,
    'let it be set by NTP: timedatectl set-ntp true',
  )
}

async function lookAtStack(
  aws: Aws,
  stack: Deployed | undefined,
  { region }: Caller,
  flows: ReadonlyMap<string, Flow> | undefined,
) {
  const { stack: name } = aws.settings
  if (stack === undefined) return warn(`${name} is not deployed in ${region}`, 'reops deploy')
  if (/_IN_PROGRESS$/.test(stack.status))
    return warn(`${name} is being changed (${stack.status})`, 'wait, and look again')
  if (/FAILED|ROLLBACK/.test(stack.status))
    return fail(
      `the last change of ${name} went wrong (${stack.status})`,
      `aws cloudformation describe-stack-events --stack-name ${name} says why; reops deploy tries again`,
    )
  const here = flows ?? new Map<string, Flow>()
  const differ: string[] = []
  for (const [flow, arn] of stack.machines) {
    const own = here.get(flow)
    if (flows !== undefined && (own === undefined || !(await isCurrent(aws, arn, compile(own, flow)))))
      differ.push(flow)
  }
  const missing = [...here.keys()].filter(flow => !stack.machines.has(flow))
  const release = stack.version === undefined || stack.version === version()
  if (differ.length + missing.length === 0 && release)
    return ok(
      `${name} with ${stack.machines.size} ${stack.machines.size === 1 ? 'flow' : 'flows'}, the same as here`,
    )
  const parts = [
    ...(differ.length > 0 ? [`other than here: ${differ.join(', ')}`] : []),
    ...(missing.length > 0 ? [`not deployed: ${missing.join(', ')}`] : []),
    ...(release ? [] : [`deployed by release ${stack.version}, and this is ${version()}`]),
  ]
  return warn(`${name} is behind (${parts.join('; ')})`, 'reops diff tells how, and reops deploy brings it')
}

async function lookAtTable(aws: Aws, stack: Deployed | undefined) {
  const table = stack?.table
  if (table === undefined) return leftOut('no stack names one')
  const { Table } = await aws.ask('dynamodb', 'dynamodb:DescribeTable', client =>
    client.describeTable({ TableName: table }),
  )
  return Table?.TableStatus === 'ACTIVE'
    ? ok(table)
    : fail(`${table} is ${Table?.TableStatus}`, 'wait until it is ACTIVE, and look again')
}

async function lookAtBucket(aws: Aws, stack: Deployed | undefined) {
  const bucket = stack?.bucket
  if (bucket === undefined) return leftOut('no stack names one')
  await aws.ask('s3', 's3:ListBucket', client => client.headBucket({ Bucket: bucket }))
  return ok(bucket)
}

/** Where there is none, EventBridge takes what the daemon tells it and drops it. */
async function lookAtBus(aws: Aws, stack: Deployed | undefined, loaded: LoadedConfig) {
  const watches = await sensing(loaded)
  if (watches.length === 0) return leftOut('no watch in AWS looks at a sensor')
  if (stack === undefined) return leftOut('no stack has one')
  const { stack: name } = aws.settings
  try {
    await aws.ask('events', 'events:DescribeEventBus', client => client.describeEventBus({ Name: name }))
  } catch (thrown) {
    if (awsNameOf(thrown) !== 'ResourceNotFoundException') throw thrown
    return fail(
      `there is no event bus ${name}, by which ${watches.join(', ')} would hear of readings`,
      'reops deploy',
    )
  }
  return ok(`${name}, by which ${watches.join(', ')} ${watches.length === 1 ? 'hears' : 'hear'} of readings`)
}

/** The watches in AWS that look at sensors. Flows that can't be loaded are told of by a look of their own. */
async function sensing(loaded: LoadedConfig): Promise<readonly string[]> {
  const exported = await loadExports(loaded).catch(() => ({}))
  return [...runningIn('cloud', watchesIn(exported), ({ runs }) => runs, loaded.config)]
    .filter(([, { source }]) => source.kind !== 'poll')
    .map(([name]) => name)
}

async function lookAtKey(aws: Aws, { config }: LoadedConfig) {
  if (!reachesBridge(config)) return leftOut('no bridge is configured')
  const key = await readCloudKey(aws)
  return key === undefined
    ? warn('the cloud has no key for the bridge yet', 'reops deploy makes one and says how it is let in')
    : ok(`${key.publicKey} (the bridge lets it in by reops keys new)`)
}
