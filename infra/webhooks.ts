import * as lambda from 'aws-cdk-lib/aws-lambda'
import { CfnOutput } from 'aws-cdk-lib/core'
import type { Construct } from 'constructs'
import type { AwsSettings, Permission } from '../src/core/aws.ts'
import { InvalidConfig } from '../src/core/errors.ts'
import type { Flow } from '../src/core/flow.ts'
import type { Webhook } from '../src/core/webhook.ts'
import type { DeployedFunction } from './function.ts'

/** The name by which the function of webhooks is known here; no machine calls it. */
export const webhookFunction = 'WebhookFunction'

/** Seconds. Senders wait as long as that, and one that is held here keeps others out. */
export const webhookSeconds = 10

/** Webhooks that AWS takes, by their exports' names. */
export type Webhooks = ReadonlyMap<string, Webhook>

/** What the function may do: start the machines of its flows, and read the secrets of its webhooks. */
export function webhookPermissions(
  webhooks: Webhooks,
  flows: ReadonlyMap<string, Flow>,
  { stack }: AwsSettings,
): readonly Permission[] {
  const started = new Set([...webhooks.values()].map(({ flow }) => flow))
  const names = [...flows].filter(([, flow]) => started.has(flow)).map(([name]) => name)
  const secrets = [...webhooks.values()].flatMap(({ proof: { secret } }) =>
    'parameter' in secret ? [secret.parameter] : [],
  )
  const of = (service: string) => `arn:\${partition}:${service}:\${region}:\${account}`
  return [
    {
      actions: ['states:StartExecution'],
      resources: names.sort().map(name => `${of('states')}:stateMachine:${stack}-${name}`),
    },
    {
      actions: ['ssm:GetParameter'],
      // A parameter's name begins with a slash.
      resources: [...new Set(secrets)].sort().map(name => `${of('ssm')}:parameter${name}`),
    },
  ]
}

/** Throws `InvalidConfig` for a secret that is not where a function can read it, and for operations that are in the way. */
export function refuseWebhooks(
  webhooks: Webhooks,
  { stack }: AwsSettings,
  capabilities: Iterable<string>,
): void {
  if ([...capabilities].includes('webhook'))
    throw new InvalidConfig(
      "an operation has the capability 'webhook', which is that of the function that takes webhooks; call it otherwise",
    )
  for (const [name, { path, proof }] of webhooks) {
    const { kind, secret } = proof
    if ('parameter' in secret) continue
    const where = 'env' in secret ? `the variable ${secret.env}` : `the file ${secret.file}`
    const parameter = `/${stack}/hooks/${path}`
    const said = `{ ${kind === 'bearer' ? 'bearer' : 'secret'}: { parameter: '${parameter}' } }`
    throw new InvalidConfig(
      `the webhook ${name} is taken in AWS, where there is not ${where}: write ${said} and put its secret there by aws ssm put-parameter --type SecureString --name ${parameter} --value …, or leave it to the daemon by runs: 'daemon'`,
    )
  }
}

/** Lets everybody call the function by an address of its own: who it is, senders prove to the function. */
export function addWebhooks(scope: Construct, { function: made }: DeployedFunction): void {
  const url = new lambda.CfnUrl(scope, 'WebhooksUrl', {
    targetFunctionArn: made.functionArn,
    authType: 'NONE',
  })
  // AWS wants both since October 2025; the second one lets nobody in by another way than the address.
  new lambda.CfnPermission(scope, 'WebhooksUrlPermission', {
    functionName: made.functionArn,
    principal: '*',
    action: 'lambda:InvokeFunctionUrl',
    functionUrlAuthType: 'NONE',
  })
  new lambda.CfnPermission(scope, 'WebhooksCallPermission', {
    functionName: made.functionArn,
    principal: '*',
    action: 'lambda:InvokeFunction',
    invokedViaFunctionUrl: true,
  })
  new CfnOutput(scope, 'WebhooksEndpoint', {
    value: url.attrFunctionUrl,
    description: 'Where webhooks are taken, with hooks/ and their paths behind it',
  })
}
