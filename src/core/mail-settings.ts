import * as z from 'zod'
import { isMailAddress } from './mail-address.ts'
import { password } from './systems/nodes.ts'

const path = z.string().min(1)

/** What `mail` of `reops.config.ts` may say: the server that mails are handed to. */
export const mailSchema = z
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
    /** Whom mails are from: `ops@example.org` or `Closet <ops@example.org>`. */
    from: z.string().refine(isMailAddress, 'it is written like ops@example.org or Closet <ops@example.org>'),
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

export type MailSettings = z.output<typeof mailSchema>

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}
