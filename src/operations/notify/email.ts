import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Duration } from '../../core/duration.ts'
import { InvalidArguments, ReopsError } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'
import { readMailAddress } from '../../core/mail-address.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { OrRef } from '../../core/ref.ts'
import { duration } from '../remote/arguments.ts'
import { compose } from './compose.ts'
import { deliver } from './deliver.ts'
import { mailInCloud } from './in-cloud.ts'
import { noticeOf } from './notice.ts'

/** A mail that had to be sent was not. */
class MailNotSent extends ReopsError {
  override readonly name = 'MailNotSent'
  override readonly slug = 'mail-not-sent'
}

/** As many as a person writes to; a list of more belongs to the server. */
const mostRecipients = 50

/** Characters of what is written oneself; servers take mails of some 10 MB. */
const mostText = 1_000_000

const address = z
  .string()
  .refine(
    text => readMailAddress(text) !== undefined,
    'an address is written like ops@example.org or Closet <ops@example.org>, one at a time',
  )

const schema = z.strictObject({
  to: z
    .union([address.transform(one => [one]), z.array(address).min(1).max(mostRecipients)])
    .transform(all => [...new Set(all.map(one => readMailAddress(one)!.address))]),
  /** Nothing of it may end the header that it stands in. */
  subject: z
    .string()
    .min(1)
    .max(250)
    .regex(/^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u, 'a subject is one line'),
  text: z.string().max(mostText).optional(),
  html: z.string().max(mostText).optional(),
  required: z.boolean().default(false),
  via: z.enum(['ses', 'bridge']).optional(),
  within: duration.refine(seconds => seconds <= 1_800, 'half an hour is the longest').default(120),
})

const common = {
  /** Whoever gets it again knows it by its id. */
  effect: 'idempotent',
  passes: true,
  /** More than it may take, so that it is never the engine that ends it. */
  timeoutSeconds: 3_600,
  schema,
  describe: ({ to, subject }: z.output<typeof schema>) =>
    `email ${to.length > 2 ? `${to[0]} and ${to.length - 1} more` : to.join(', ')}: ${subject}`.slice(0, 70),
  handle,
} as const

/** By SES where a pipeline is about the cloud alone, and by the bridge everywhere else. */
const definition = define({ name: 'email', site: 'onprem', inCloud: mailInCloud, ...common })

/** By the one or the other wherever it stands. */
const definitions = {
  ses: define({ ...common, ...mailInCloud, name: definition.name, site: 'cloud' }),
  bridge: define({ ...common, name: definition.name, site: 'onprem' }),
} as const

/** What a mail is like. */
export interface EmailOptions {
  /** `ops@example.org` or `Ops <ops@example.org>`; up to 50. */
  readonly to: OrRef<string | readonly string[]>
  readonly subject: OrRef<string>
  /** The data as `pretty` shows it when left out, under how many hosts there were and what became of them. */
  readonly text?: OrRef<string> | undefined
  /** The text, unchanged in its layout, when left out. */
  readonly html?: OrRef<string> | undefined
  /** `true` fails the pipeline when the mail is not sent; otherwise that is told, and the pipeline goes on. */
  readonly required?: OrRef<boolean> | undefined
  /**
   * Who sends it once it is deployed: `'ses'`, or the `'bridge'` by its own server. When left out it is SES in a pipeline about
   * the cloud alone, and the bridge otherwise. Here it is what the configuration says, whatever this says.
   */
  readonly via?: 'ses' | 'bridge' | undefined
  /** For how long a server that can't take it now is asked again, up to half an hour; 2 minutes. The pipeline waits so long. */
  readonly within?: OrRef<Duration> | undefined
}

/**
 * Sends the data to people by mail, an outcome as a table of its hosts, and passes it on unchanged, so that it may stand
 * anywhere. It is handed to the server that `mail` of `reops.config.ts` names, or to SES. A mail that is not sent fails
 * nothing: it is told, and stands in the journal. Throws `InvalidArguments` for what no mail can be made of.
 *
 * @example
 * await run(pipe(exec(closet, 'df -h /'), email({ to: 'ops@example.org', subject: 'disks of the closet' })))
 * await run(pipe(spotPrice('t4g.micro', 'eu-central-1a'), email({ to: 'ops@example.org', subject: 'spot', via: 'ses' })))
 */
export function email<T>(options: EmailOptions): Operation<T, T> {
  const { via } = options
  if (via !== undefined && !Object.hasOwn(definitions, via))
    throw new InvalidArguments(
      "email: via is 'ses', 'bridge' or left out, and no reference: who sends a mail is known when a flow is deployed",
    )
  return fromStep(task(via === undefined ? definition : definitions[via], options))
}

withDefinition(email, definition)

async function handle(data: Json, args: z.output<typeof schema>, context: Context): Promise<Json> {
  const mail = compose(data, args, context)
  const sent = await deliver(mail, args.within * 1_000, context)
  const notice = noticeOf(mail, sent)
  if (notice === undefined) return sent
  if (args.required) throw new MailNotSent(`${context.step}: ${notice}`, { detail: { ...sent } })
  context.progress({
    kind: 'stage',
    step: context.step,
    host: context.mail?.server ?? 'mail',
    stage: notice,
  })
  await context.out.publish({ step: context.step, format: 'notice' }, notice)
  return sent
}
