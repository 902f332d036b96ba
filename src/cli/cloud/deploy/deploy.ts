import { compile } from '../../../compile/compile.ts'
import { InvalidConfig } from '../../../core/errors.ts'
import { type Caller, callerOf } from '../../../run/aws/account.ts'
import { bootstrapVersion } from '../../../run/aws/bootstrap.ts'
import { type CloudKey, keepCloudKey, reachesBridge } from '../../../run/aws/bridge-key.ts'
import { keepSessionKey } from '../../../run/aws/session-key.ts'
import { deployedStack } from '../../../run/aws/stack.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { type Declared, loadDeclared } from '../../../run/daemon/declared.ts'
import { loadFlows } from '../../../run/flows.ts'
import { notice, print } from '../../bridge/print.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given } from '../../parse.ts'
import { canAsk } from '../../session/consent.ts'
import { UsageError } from '../../usage-error.ts'
import { type Cloud, withAws } from '../open.ts'
import { cdk } from './cdk.ts'
import { CdkFailed } from './child.ts'
import { documentOf, letIn, linesOf } from './closing.ts'

/** Deploys the project's flows: looks first whether that can be, then lets the CDK do it, and says what is there. */
export function deploy(context: CommandContext, args: Args): Promise<number> {
  const json = given(args, 'json')
  const yes = given(args, 'yes')
  return withAws(context, args, async cloud => {
    const { loaded, aws } = cloud
    const needsBridge = await checkFlows(loaded)
    const caller = await callerOf(aws)
    if (!yes && !canAsk(context))
      throw new UsageError(
        'nobody is here to be asked whether permissions may change as the flows need it; --yes deploys without asking, and reops diff shows them',
      )
    const declared = await loadDeclared(loaded)
    tellOfDaemon(context, declared)
    notice(context, `deploying ${aws.settings.stack} to account ${caller.account} in ${caller.region}`)
    const options = { loaded, region: caller.region, quietly: json }
    if (given(args, 'bootstrap')) await bootstrap(context, caller, options)
    await bootstrapVersion(aws, caller)
    const key = reachesBridge(loaded.config) ? await keepCloudKey(aws) : undefined
    if (loaded.config.aws.alexa?.skillId !== undefined) await keepSessionKey(aws)
    if (key?.made) tellKey(context, key, aws.settings.stack)
    if (needsBridge !== undefined && key === undefined)
      notice(
        context,
        `${needsBridge} works on hosts and no bridge is configured, so that it will fail in the cloud: bridge: { url, key } in reops.config.ts names one`,
      )
    const status = await cdk(
      context,
      [
        ...['deploy', '--all', '--require-approval', yes ? 'never' : 'broadening'],
        // The table outlives its stack, and there can't be a second one of its name.
        '--import-existing-resources',
        ...progress(context),
      ],
      {
        ...options,
        leaves:
          'stopping; what CloudFormation was already told to do it goes on doing by itself: reops doctor says how it stands, and reops deploy takes it up again',
      },
    )
    if (status !== 0) return ended(status, 'deploy')
    const { webhooks } = declared.inCloud
    const closing = { stack: await deployedStack(aws), key, systems: aws.settings.systems, webhooks }
    print(context, args, documentOf(closing), () => linesOf(closing))
    return 0
  })
}

/** Ctrl-C has its own statuses; anything else is a failure that the CDK has told. */
export function ended(status: number, what: string): number {
  if (status === 130 || status === 143) return status
  throw new CdkFailed(
    `cdk ${what} ended with status ${status}; what it said is above, and reops doctor looks at the rest`,
  )
}

/** All flows compile, or none of them is deployed. Answers one that works through a bridge, if there is one. */
async function checkFlows(loaded: LoadedConfig): Promise<string | undefined> {
  const flows = await loadFlows(loaded)
  if (flows.size === 0)
    throw new InvalidConfig(`${loaded.config.flows} exports no flow, so that there is nothing to deploy`)
  const compiled = [...flows].map(([name, flow]) => [name, compile(flow, name)] as const)
  return compiled.find(([, { machine }]) => JSON.stringify(machine).includes(`\${BridgeFunction}`))?.[0]
}

async function bootstrap(
  context: CommandContext,
  { account, region }: Caller,
  options: { readonly loaded: Cloud['loaded']; readonly region: string; readonly quietly: boolean },
): Promise<void> {
  const leaves = 'stopping; CloudFormation goes on with the stack CDKToolkit by itself'
  const status = await cdk(context, ['bootstrap', `aws://${account}/${region}`], { ...options, leaves })
  if (status !== 0) throw new CdkFailed(`cdk bootstrap ended with status ${status}; what it said is above`)
}

/** The bridge has to be told, also where the deployment fails afterwards: nobody may let himself in. */
function tellKey(context: CommandContext, key: CloudKey, stack: string): void {
  notice(context, `made the key by which the cloud dials the bridge, in ${key.parameter}`)
  context.stderr.write(`  on the bridge's machine: ${letIn(key, stack)}\n`)
}

/** A bar needs a terminal; a log gets a line for each resource. */
function progress({ stderr }: CommandContext): readonly string[] {
  return stderr.isTTY === true ? [] : ['--progress', 'events']
}

/** Whoever expects a trigger in the cloud is to hear that it stays at home. */
function tellOfDaemon(context: CommandContext, { schedules, watches, webhooks }: Declared): void {
  const names = [schedules, watches, webhooks].flatMap(some => [...some.keys()])
  if (names.length > 0)
    notice(
      context,
      `kept by reops up and not deployed: ${names.join(', ')}; AWS keeps what says runs: 'cloud', or all where reops.config.ts says so`,
    )
}
