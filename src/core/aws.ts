import * as z from 'zod'
import { bridgeUrl, publicKey } from './bridge-settings.ts'
import { defined } from './defined.ts'
import { skillSettingsSchema } from './voice/settings.ts'

const endpoint = z.url({ protocol: /^https?$/ })

/** What `aws` of `reops.config.ts` may say. Nothing in it is secret: credentials come from AWS's own chain. */
export const awsSettingsSchema = z.strictObject({
  /** Such as `eu-central-1`; `AWS_REGION` or the profile's when left out. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region is written like eu-central-1')
    .optional(),
  /** A profile of `~/.aws/config`. */
  profile: z.string().min(1).optional(),
  /** The account's number; deploying to another one is refused. */
  account: z
    .string()
    .regex(/^\d{12}$/, 'an account has 12 digits')
    .optional(),
  /** Names the stack and what stands in it: two stacks in one account and region need two names. */
  stack: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'a stack has a name of letters, digits and dashes')
    .default('re-ops'),
  /** Another address of all of AWS's services, or of single ones by their signing names such as `ec2`, `states`. */
  endpoint: endpoint.optional(),
  endpoints: z.record(z.string(), endpoint).default({}),
  /** Where systems are kept: in the state folder, or in the stack's table, which the cloud and a bridge can share. */
  systems: z.enum(['local', 'cloud']).default('local'),
  /** The VPC in which the bridge is reached, by its id, and the subnets where those of it are not all meant. */
  vpc: z
    .strictObject({
      id: z.string().regex(/^vpc-[0-9a-f]+$/),
      zones: z.array(z.string()).min(1),
      subnets: z.array(z.string().regex(/^subnet-[0-9a-f]+$/)).min(1),
    })
    .optional(),
  /** The bridge as the cloud reaches it, where that is not as `bridge` says: its address or its relay's, and public keys. */
  bridge: z.strictObject({ url: bridgeUrl, key: publicKey, relayKey: publicKey.optional() }).optional(),
  /** Days that logs are kept. */
  logDays: z
    .union([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731].map(days => z.literal(days)))
    .default(30),
  /** Days that spilled data is kept; executions are remembered for 90. */
  spillDays: z.int().min(1).max(3650).default(100),
  /** Who is told of alarms. */
  alarms: z.strictObject({ email: z.email().optional() }).prefault({}),
  /** Where Run Command leaves what is larger than it hands over, and through which large files go; such as the stack's bucket. */
  ssm: z
    .strictObject({
      bucket: z
        .string()
        .regex(
          /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
          'a bucket has a name of small letters, digits, dots and dashes',
        )
        .optional(),
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'a prefix is written like re-ops/output')
        .default('run-command'),
    })
    .prefault({}),
  /** The skill by which Alexa starts flows that have a `voice`. */
  alexa: skillSettingsSchema.optional(),
  /** The function that takes webhooks, which everybody can call. */
  webhooks: z
    .strictObject({
      /**
       * How many requests it answers at once; Lambda turns more away by 429. Five are some tens of deliveries a second, and
       * bound what strangers can cost and how much of the account they can take from other functions. `false` sets none
       * apart, for accounts that have too few to do so, as new ones may.
       */
      concurrency: z.union([z.int().min(1).max(1_000), z.literal(false)]).default(5),
    })
    .prefault({}),
  /** What new EC2 instances have in common where a pipeline does not say. */
  ec2: z
    .strictObject({
      /** An image, `ami-…`, or a public parameter of one: `/aws/service/ami-amazon-linux-latest/…`. */
      image: z.string().min(1).optional(),
      subnets: z.array(z.string().regex(/^subnet-[0-9a-f]+$/)).default([]),
      securityGroups: z.array(z.string().regex(/^sg-[0-9a-f]+$/)).default([]),
      /** The name of the instance profile; Run Command needs one with AmazonSSMManagedInstanceCore. */
      instanceProfile: z.string().min(1).optional(),
      user: z.string().min(1).default('ec2-user'),
      /** How instances are reached: through Run Command, or by SSH at their public or private address. */
      reach: z.enum(['ssm', 'ssh', 'ssh-private']).default('ssm'),
    })
    .prefault({}),
})

export type AwsSettings = z.output<typeof awsSettingsSchema>

/** AWS's services as they are signed for, and as `endpoints` calls them. */
export type AwsService =
  | 'ec2'
  | 'ssm'
  | 's3'
  | 'states'
  | 'dynamodb'
  | 'scheduler'
  | 'logs'
  | 'sts'
  | 'cloudformation'
  | 'lambda'
  | 'events'
  | 'ses'

/** How a client of AWS is made. */
export interface AwsClientOptions {
  readonly region?: string | undefined
  readonly profile?: string | undefined
  readonly endpoint?: string | undefined
}

/** What a client of one service is made with, by the settings. */
export function clientOptions(
  settings: Pick<AwsSettings, 'region' | 'profile' | 'endpoint' | 'endpoints'>,
  service: AwsService,
): AwsClientOptions {
  const { region, profile } = settings
  return defined({ region, profile, endpoint: settings.endpoints[service] ?? settings.endpoint })
}

/** Tries of one call, the first included; the SDK waits longer each time, with jitter. */
const tries = 6

/**
 * The SDK's configuration that all our clients share: throttled calls are slowed down by the SDK itself (its adaptive mode)
 * and every call has a limit of tries.
 */
export function sdkConfig({ region, profile, endpoint }: AwsClientOptions) {
  return { ...defined({ region, profile, endpoint }), retryMode: 'adaptive', maxAttempts: tries } as const
}

/** One statement of what an operation may do in AWS. `actions` are IAM's, such as `ec2:StopInstances`. */
export interface Permission {
  readonly actions: readonly string[]
  /** ARNs, with `${table}`, `${bucket}`, `${region}`, `${account}`, `${partition}`, `${stack}`, and where mail is configured `${sender}` and `${mailRegion}` filled in by the deployment; `*` when left out. */
  readonly resources?: readonly string[] | undefined
  /** IAM's conditions, such as `{ StringEquals: { 'aws:ResourceTag/re-ops': '${stack}' } }`. */
  readonly conditions?:
    | Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
    | undefined
}

/** The tag by which Re-ops knows what it made, on every resource; its value is the stack's name. */
export const ownTag = 're-ops'
