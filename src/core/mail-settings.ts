import * as z from 'zod'
import { isMailAddress } from './mail-address.ts'
import { password } from './systems/nodes.ts'

const path = z.string().min(1)

/** Whom mails are from: `ops@example.org` or `Closet <ops@example.org>`. */
const from = z
  .string()
  .refine(isMailAddress, 'it is written like ops@example.org or Closet <ops@example.org>')

/** A server that mails are handed to by SMTP. */
const smtpSchema = z
  .strictObject({
    /** The server's name, which its certificate has to have. */
    host: z.string().regex(/^[A-Za-z0-9_.:-]{1,253}$/, 'a server has a name or an address'),
    /** 587 when left out, 465 with `implicit`. */
    port: z.int().min(1).max(65_535).optional(),
    /**
     * `starttls` changes to TLS before anything is said, or says nothing; `implicit` speaks it from the first byte; `none`
     * is for a server that is believed to be alone with us.
     */
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
    /** The certificate of who signed the server's, relative to the configuration; those that the system trusts when left out. */
    ca: path.optional(),
    from,
    user: z.string().min(1).max(320).optional(),
    password: password.optional(),
    /** Seconds that one attempt may take, from dialling to the server's last word. */
    timeout: z.int().min(1).max(600).default(30),
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    message: 'a user has a password, and a password a user',
    path: ['password'],
  })
  .refine(({ tls, password, host }) => tls !== 'none' || password === undefined || isLoopback(host), {
    message: 'a password would go over the network for everyone to read; use starttls or implicit',
    path: ['tls'],
  })

/** How SES of AWS is used. Nothing in it is secret: credentials come from AWS's own chain. */
export const sesSchema = z.strictObject({
  /** Where the sender is verified; that of `aws` when left out. */
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'a region is written like eu-central-1')
    .optional(),
  /** Under which SES keeps what became of mails. */
  configurationSet: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'a configuration set has a name of letters, digits, dashes and underscores')
    .optional(),
  /** The sender's identity, where it belongs to another account that lets this one use it. */
  identityArn: z
    .string()
    .regex(
      /^arn:aws[\w-]*:ses:[a-z0-9-]+:\d{12}:identity\/[^\s*?]{1,320}$/,
      'an identity is written like arn:aws:ses:eu-central-1:123456789012:identity/example.org',
    )
    .optional(),
})

const bySesSchema = z.strictObject({
  /** `true` where there is nothing more to say. */
  ses: z
    .custom<true | z.input<typeof sesSchema>>()
    .transform(given => (given === true ? {} : given))
    .pipe(sesSchema),
  from,
})

/** What `mail` of `reops.config.ts` may say: the server that mails are handed to, or SES of AWS. */
export const mailSchema = z
  .custom<z.input<typeof smtpSchema> | z.input<typeof bySesSchema>>(
    given => typeof given === 'object' && given !== null && 'ses' in given !== 'host' in given,
    "it has either host, the name of a server, or ses: true; and from, such as 'ops@example.org'",
  )
  .transform((given, context): MailSettings => {
    // Of a union nobody is told which of the two it was that did not fit.
    const parsed = ('ses' in given ? bySesSchema : smtpSchema).safeParse(given)
    if (parsed.success) return parsed.data
    for (const { message, path } of parsed.error.issues)
      context.addIssue({ code: 'custom', message, path: [...path] })
    return z.NEVER
  })

export type SmtpSettings = z.output<typeof smtpSchema>
export type SesSettings = z.output<typeof sesSchema>
export type MailSettings = SmtpSettings | z.output<typeof bySesSchema>

/**
 * The sender of mails in the cloud, which go through SES there, and how it is used; nothing where no sender is configured.
 *
 * @example
 * sesOf({ host: 'mail.lan', from: 'ops@example.org', … }) // { from: 'ops@example.org', ses: {} }
 */
export function sesOf(
  mail: MailSettings | undefined,
): { readonly from: string; readonly ses: SesSettings } | undefined {
  if (mail === undefined) return undefined
  return { from: mail.from, ses: 'ses' in mail ? mail.ses : {} }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
