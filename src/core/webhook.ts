import * as z from 'zod'
import { explainIssues, ReopsError } from './errors.ts'
import { type Flow, isFlow } from './flow.ts'
import { type Runs, runsSchema } from './runs.ts'
import { password } from './systems/nodes.ts'

const brand = Symbol.for('re-ops.webhook')

/** A webhook that can't be taken as it is declared. */
class InvalidWebhook extends ReopsError {
  override readonly name = 'InvalidWebhook'
  override readonly slug = 'invalid-webhook'
}

/** Where a secret is read from: a variable of the environment, a file, or a parameter of Parameter Store. */
export type SecretPlace = z.output<typeof password>

/** A flow that is started by a request. It is declared beside the flow, exported from `flows/index.ts`. */
export interface Webhook {
  readonly [brand]: true
  /** Behind `/hooks/`. */
  readonly path: string
  readonly flow: Flow
  /** By what a sender proves who it is: a signature of each request, or a word that is sent along. */
  readonly proof: { readonly kind: 'signature' | 'bearer'; readonly secret: SecretPlace }
  /** Who takes it; whom the configuration says when left out. */
  readonly runs?: Runs | undefined
}

/** How a sender proves who it is; one of both. */
export type WebhookOptions = ({ readonly secret: SecretPlace } | { readonly bearer: SecretPlace }) & {
  /** Who takes it: the daemon, or a function of AWS with an address of its own; whom the configuration says when left out. */
  readonly runs?: Runs
}

const pathSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/,
    'a path is words of letters, digits, - and _, with / between',
  )
  .max(200)

const runs = runsSchema.optional()
const optionsSchema = z.union([
  z.strictObject({ secret: password, runs }),
  z.strictObject({ bearer: password, runs }),
])

/**
 * Starts a flow for whoever sends its input as JSON to `/hooks/<path>` of the daemon and can prove that it may: with `secret`
 * by signatures as Standard Webhooks has them, with `bearer` by a word in `Authorization`. Throws `InvalidWebhook`.
 *
 * @example
 * export const pushed = webhook('git/push', deployed, { secret: { env: 'GIT_HOOK_SECRET' } })
 */
export function webhook(path: string, flow: Flow<any, unknown>, options: WebhookOptions): Webhook {
  const parsed = pathSchema.safeParse(path)
  if (!parsed.success)
    throw new InvalidWebhook(`webhook ${JSON.stringify(path)}: ${explainIssues(parsed.error.issues)}`)
  if (!isFlow(flow))
    throw new InvalidWebhook(`webhook ${path}: it starts a flow; make one of the pipeline by flow({ … })`)
  const said = optionsSchema.safeParse(options)
  if (!said.success)
    throw new InvalidWebhook(
      `webhook ${path}: it takes { secret } or { bearer }, and where that is read from, such as { secret: { env: 'HOOK_SECRET' } }`,
    )
  const proof =
    'secret' in said.data
      ? ({ kind: 'signature', secret: said.data.secret } as const)
      : ({ kind: 'bearer', secret: said.data.bearer } as const)
  return Object.freeze({ [brand]: true as const, path, flow, proof, runs: said.data.runs })
}

/** Whether a value is a webhook. */
export function isWebhook(value: unknown): value is Webhook {
  return typeof value === 'object' && value !== null && brand in value
}
