import * as z from 'zod'
import { awsSettingsSchema } from '../../core/aws.ts'
import { bridgeUrl, publicKey } from '../../core/bridge-settings.ts'
import type { Config } from '../../core/config.ts'
import { defined } from '../../core/defined.ts'
import { explainIssues, InvalidConfig } from '../../core/errors.ts'
import { isMailAddress } from '../../core/mail-address.ts'
import { sesOf, sesSchema } from '../../core/mail-settings.ts'

/** The parts of a configuration that functions need. Nothing in it is secret. */
const settingsSchema = z.strictObject({
  aws: awsSettingsSchema.prefault({}),
  /** How many hosts are worked on at once, and the seconds that one may take at one step. */
  hosts: z
    .strictObject({ concurrency: z.int().min(1).default(64), timeout: z.number().positive().default(600) })
    .prefault({}),
  /** The bridge as the cloud reaches it. */
  bridge: z.strictObject({ url: bridgeUrl, key: publicKey, relayKey: publicKey.optional() }).optional(),
  /** Whom mails are from, and how SES is used, which sends them in the cloud. */
  mail: z.strictObject({ from: z.string().refine(isMailAddress, 'no address'), ses: sesSchema }).optional(),
})

const environmentSchema = z.object({
  REOPS_STACK: z.string().min(1),
  REOPS_TABLE: z.string().min(1).optional(),
  REOPS_BUCKET: z.string().min(1).optional(),
  REOPS_SETTINGS: z.string().default('{}'),
})

/** What a function is told by its environment. */
export interface FunctionEnvironment {
  readonly stack: string
  /** The DynamoDB table of the systems. */
  readonly table: string | undefined
  /** The S3 bucket of data that is too large for a state. */
  readonly bucket: string | undefined
  readonly settings: z.output<typeof settingsSchema>
}

/**
 * The value of `REOPS_SETTINGS` for the functions of a configuration: what of `aws`, `bridge` and `mail` they need. Profiles, the
 * account, who is told of alarms and how many webhooks are taken at once stay out.
 *
 * @example
 * new Function(stack, 'Ec2', { environment: { REOPS_SETTINGS: functionSettings(config) } })
 */
export function functionSettings({ aws, bridge: own, mail, concurrency, timeout }: Config): string {
  const { profile: _profile, account: _account, alarms: _alarms, region: _region, webhooks: _, ...rest } = aws
  const { url, key, relayKey } = aws.bridge ?? own
  const bridge = url === undefined || key === undefined ? undefined : defined({ url, key, relayKey })
  return JSON.stringify(defined({ aws: rest, hosts: { concurrency, timeout }, bridge, mail: sesOf(mail) }))
}

/** Reads what the deployment says to a function. Throws `InvalidConfig`, which names the variable. */
export function readFunctionEnvironment(env: NodeJS.ProcessEnv): FunctionEnvironment {
  const parsed = environmentSchema.safeParse(env)
  if (!parsed.success) throw broken(explainIssues(parsed.error.issues))
  const { REOPS_STACK: stack, REOPS_TABLE: table, REOPS_BUCKET: bucket, REOPS_SETTINGS: text } = parsed.data
  const settings = settingsSchema.safeParse(parsedJson(text))
  if (!settings.success) throw broken(`REOPS_SETTINGS: ${explainIssues(settings.error.issues)}`)
  return { stack, table, bucket, settings: settings.data }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw broken('REOPS_SETTINGS is no JSON')
  }
}

function broken(why: string): InvalidConfig {
  return new InvalidConfig(
    `the environment of this function is not as reops deploy makes it: ${why}; deploy it again`,
  )
}
