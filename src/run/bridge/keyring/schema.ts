import * as z from 'zod'
import { type Identity, roles } from '../../../transports/zeromq/channel.ts'
import { isKey } from '../../../transports/zeromq/keys.ts'

/** A name of a key: what is printed, written into the audit log, and for an agent its host's name. */
export const keyName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/,
    'a name has up to 253 letters, digits, dots, dashes and underscores, and begins with a letter or digit',
  )

/** Milliseconds since the epoch. */
const time = z.int().min(0)

const keyEntry = z.strictObject({
  key: z.string().refine(isKey, 'is no key of 40 characters in Z85'),
  name: keyName,
  role: z.enum(roles),
  addedAt: time,
  /** Since then it opens nothing, for good. */
  revokedAt: time.optional(),
})

const tokenEntry = z.strictObject({
  /** SHA-256 of the token, which nobody has but the one who is to use it. */
  hash: z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256'),
  host: keyName,
  expiresAt: time,
  /** The host's present key is revoked when the token is used. */
  replace: z.boolean().optional(),
})

/** The keyring file. */
export const keyringSchema = z
  .strictObject({
    version: z.literal(1),
    keys: z.array(keyEntry).readonly(),
    tokens: z.array(tokenEntry).readonly().default([]),
  })
  .superRefine(({ keys }, context) => {
    const twice = (what: string, values: readonly string[]) => {
      const seen = new Set<string>()
      for (const value of values) {
        if (seen.has(value))
          context.addIssue({ code: 'custom', message: `${what} ${value} stands there twice` })
        seen.add(value)
      }
    }
    twice(
      'the key',
      keys.map(({ key }) => key),
    )
    twice(
      'the name',
      keys.filter(isLive).map(entry => `${entry.name} (${classOf(entry)})`),
    )
  })

export type KeyringData = z.output<typeof keyringSchema>
export type KeyEntry = z.output<typeof keyEntry>
export type TokenEntry = z.output<typeof tokenEntry>

/** Whether a key opens anything. */
export function isLive({ revokedAt }: Pick<KeyEntry, 'revokedAt'>): boolean {
  return revokedAt === undefined
}

/** Names are unique among agents, which are hosts, and among those who submit and read. */
export function classOf({ role }: Pick<Identity, 'role'>): 'agent' | 'client' {
  return role === 'agent' ? 'agent' : 'client'
}
