import type { Webhook } from '../../../core/webhook.ts'
import { neutraliseLine } from '../../../operations/output/format/index.ts'
import type { CloudKey } from '../../../run/aws/bridge-key.ts'
import type { Deployed } from '../../../run/aws/stack.ts'

/** What a deployment left, and what its configuration says of it. */
export interface Closing {
  readonly stack: Deployed
  /** The key by which the cloud dials the bridge, where one is configured. */
  readonly key: CloudKey | undefined
  /** Where systems are kept. */
  readonly systems: 'local' | 'cloud'
  /** The webhooks that AWS takes, by their exports' names. */
  readonly webhooks: ReadonlyMap<string, Webhook>
}

/** What was deployed, as a document. */
export function documentOf({ stack, key, systems, webhooks }: Closing): object {
  const { stack: name, account, region, status, machines, table, bucket, version } = stack
  const policy = policyOf(stack)
  const { ReadingsPolicyArn: readings } = stack.outputs
  const hooks = urlsOf(stack, webhooks)
  return {
    stack: name,
    account,
    region,
    status,
    version: version ?? null,
    table: table ?? null,
    bucket: bucket ?? null,
    flows: Object.fromEntries(machines),
    ...(hooks.size === 0 ? {} : { webhooks: Object.fromEntries(hooks) }),
    ...(key === undefined ? {} : { cloudKey: key }),
    ...(policy === undefined ? {} : { forBridge: { policy, config: configOf(stack, systems) } }),
    ...(readings === undefined ? {} : { forDaemon: { policy: readings } }),
  }
}

/** What was deployed, in lines; and what the bridge still has to be told, where flows work through one. */
export function linesOf(closing: Closing): readonly string[] {
  const { stack, machines, region } = closing.stack
  const [first] = machines.keys()
  return [
    `${stack} is deployed in ${region}: ${[...machines.keys()].join(', ')}`,
    `  reops run ${first} --cloud runs one there`,
    ...webhookLines(closing),
    ...bridgeLines(closing),
    ...readingsLines(closing),
  ]
}

/** Where webhooks are taken, and where their secrets are to be. */
function webhookLines({ stack, webhooks }: Closing): readonly string[] {
  const lines = [...urlsOf(stack, webhooks)].map(([name, url]) => {
    const secret = webhooks.get(name)?.proof.secret
    const place =
      secret !== undefined && 'parameter' in secret ? `, by the secret in ${secret.parameter}` : ''
    return neutraliseLine(`  ${name}  ${url}${place}`)
  })
  return lines.length === 0 ? [] : ['webhooks are taken at', ...lines]
}

/** The addresses of webhooks, by their names; none where none is deployed. */
function urlsOf({ outputs }: Deployed, webhooks: Closing['webhooks']): ReadonlyMap<string, string> {
  const { WebhooksEndpoint: endpoint } = outputs
  if (endpoint === undefined) return new Map()
  return new Map(
    [...webhooks].map(([name, { path }]) => [name, `${endpoint.replace(/\/$/, '')}/hooks/${path}`]),
  )
}

/** Three things, once each. Whoever has done them sees by the same lines that they are still right. */
function bridgeLines({ stack, key, systems }: Closing): readonly string[] {
  const policy = policyOf(stack)
  if (policy === undefined) return []
  return [
    "on the bridge's machine, once, for the flows that work through it:",
    ...(key === undefined ? [] : [`  let the cloud in      ${letIn(key, stack.stack)}`]),
    ...configOf(stack, systems).map(
      (line, index) => `  ${index === 0 ? 'in reops.config.ts' : ''.padEnd(18)}    ${line}`,
    ),
    `  its user in AWS       aws iam attach-user-policy --user-name … --policy-arn ${neutraliseLine(policy)}`,
  ]
}

/** Without it watches of sensors in AWS hear nothing. */
function readingsLines({ stack: { outputs } }: Closing): readonly string[] {
  const { ReadingsPolicyArn: policy } = outputs
  if (policy === undefined) return []
  return [
    'where reops up runs, once, for the watches in AWS that look at sensors:',
    `  its user in AWS       aws iam attach-user-policy --user-name … --policy-arn ${neutraliseLine(policy)}`,
  ]
}

/** The command that lets the cloud dial the bridge. Z85 has no quotes and no backslash. */
export function letIn({ publicKey }: CloudKey, stack: string): string {
  return `reops keys new ${stack} --public='${publicKey}'`
}

/** Where jobs are answered and where their large answers go; and the table, where that has the systems. */
function configOf({ region, bucket, stack }: Deployed, systems: Closing['systems']): readonly string[] {
  const settings = [`region: '${region}'`, ...(bucket === undefined ? [] : [`bucket: '${bucket}'`])]
  return [
    `bridge: { stepFunctions: { ${settings.join(', ')} } }`,
    ...(systems === 'cloud' ? [`aws: { region: '${region}', stack: '${stack}', systems: 'cloud' }`] : []),
  ].map(neutraliseLine)
}

/** There is one where a flow works through the bridge. */
const policyOf = ({ outputs }: Deployed): string | undefined => outputs.BridgePolicyArn
