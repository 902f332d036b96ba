import type { Construct } from 'constructs'
import { awsSettingsSchema, type Permission } from '../src/core/aws.ts'
import { storeWriting } from '../src/operations/systems/permissions.ts'
import { functionSettings } from '../src/run/deploy/function-environment.ts'
import type { Bundles } from './bundles.ts'
import { addFunction, type DeployedFunction, type FunctionParts } from './function.ts'
import type { Places } from './grant.ts'
import { identityPermissions } from './mail.ts'
import type { Network } from './network.ts'
import type { Project } from './project.ts'

export interface FunctionsParts {
  readonly project: Project
  readonly bundles: Bundles
  readonly places: Places
  readonly network: Network | undefined
}

/** Lambda ends after 15 minutes. */
const longest = 900

/** Handing a job over takes seconds; what is done with it is not waited for. */
const bridgeSeconds = 60

/**
 * Adds one function a capability that any flow uses, by the names of their substitutions. Each may keep and fetch data
 * that is too large for a state; only the names of objects, which nobody can list, lead to it. That is all that the
 * authors' own functions may do.
 */
export function addFunctions(scope: Construct, parts: FunctionsParts): ReadonlyMap<string, DeployedFunction> {
  const { project, bundles, places, network } = parts
  return new Map(
    [...project.functions].map(([id, { capability, permissions, timeoutSeconds }]) => {
      const bridge = capability === 'bridge'
      const webhook = capability === 'webhook'
      const made = addFunction(scope, id, {
        capability,
        code: bundles.get(capability)!,
        timeoutSeconds: secondsOf(capability, timeoutSeconds),
        environment: {
          ...environmentOf(project, places),
          ...environmentOfStarting(capability, project, places),
        },
        permissions: [
          // These start machines, and nobody says or sends what is too large for a state.
          ...(starting.has(capability) ? [] : [spilled(places)]),
          ...ofCapability(capability, places),
          ...permissions,
          ...(capability === 'notify' ? identityPermissions(project.config.mail) : []),
          ...(permissions.some(sends) ? ownOutput(project, places) : []),
        ],
        places,
        logDays: project.settings.logDays,
        network: bridge ? network : undefined,
        ...(webhook ? forStrangers(project) : {}),
      })
      return [id, made]
    }),
  )
}

function environmentOf(project: Project, { stack, table, bucket }: Places): Record<string, string> {
  return {
    REOPS_STACK: stack,
    REOPS_TABLE: table,
    REOPS_BUCKET: bucket,
    REOPS_SETTINGS: functionSettings(project.config),
  }
}

/** Functions that answer no task and start machines. */
const starting: ReadonlySet<string> = new Set(['alexa', 'webhook'])

/** Their machines' ARNs begin so. Which webhooks are AWS's, a configuration may say. */
function environmentOfStarting(
  capability: string,
  { config }: Project,
  { partition, region, account, stack }: Places,
): Record<string, string> {
  if (!starting.has(capability)) return {}
  return {
    REOPS_MACHINES: `arn:${partition}:states:${region}:${account}:stateMachine:${stack}-`,
    ...(capability === 'webhook' ? { REOPS_RUNS: config.runs } : {}),
  }
}

/** Everybody can call it: no more at once than is set apart for it, and Lambda writes no lines of its own for each call. */
function forStrangers({ settings }: Project): Pick<FunctionParts, 'reservedConcurrency' | 'quiet'> {
  const { concurrency } = settings.webhooks
  return { quiet: true, ...(concurrency === false ? {} : { reservedConcurrency: concurrency }) }
}

function secondsOf(capability: string, needed: number): number {
  if (capability === 'bridge') return bridgeSeconds
  if (capability === 'webhook') return needed
  return Math.min(longest, Math.max(needed, 30))
}

/** What every function may do with data that is too large for a state. */
const spilled = ({ partition, bucket }: Places): Permission => ({
  actions: ['s3:GetObject', 's3:PutObject'],
  resources: [`arn:${partition}:s3:::${bucket}/spilled/*`],
})

/** What a function does besides its operations. */
function ofCapability(capability: string, places: Places): readonly Permission[] {
  if (capability === 'bridge') return [clientKey(places)]
  // EC2's warnings are written down with the systems that they are about.
  if (capability === 'spot') return storeWriting
  return []
}

/** Whether it lets its function send commands to instances. */
const sends = ({ actions }: Permission): boolean => actions.includes('ssm:SendCommand')

/** Where Run Command's answers go when the configuration says another place than the operations expect. */
function ownOutput({ settings }: Project, places: Places): readonly Permission[] {
  const { bucket = places.bucket, prefix } = settings.ssm
  if (bucket === places.bucket && prefix === usualPrefix) return []
  const arn = `arn:${places.partition}:s3:::${bucket}`
  return [
    { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [`${arn}/${prefix}/*`] },
    {
      actions: ['s3:ListBucket'],
      resources: [arn],
      conditions: { StringLike: { 's3:prefix': `${prefix}/*` } },
    },
  ]
}

const usualPrefix = awsSettingsSchema.parse({}).ssm.prefix

/** The key by which the bridge knows the cloud. */
const clientKey = ({ partition, region, account, stack }: Places): Permission => ({
  actions: ['ssm:GetParameter'],
  resources: [`arn:${partition}:ssm:${region}:${account}:parameter/${stack}/bridge/client-key`],
})
