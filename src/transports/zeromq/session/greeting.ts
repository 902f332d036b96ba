import * as z from 'zod'
import { roles } from '../channel.ts'
import { messagesVersion } from '../messages.ts'

/** What both ends must mean by the session that they make. */
export const purposes = ['jobs', 'agents'] as const

export type Purpose = (typeof purposes)[number]

/** Mixed into the handshake, so that a session for one purpose can't be taken for one of the other. */
export function prologueOf(purpose: Purpose): Buffer {
  return Buffer.from(`re-ops ${purpose} 1`)
}

const version = z.int().min(0)

/** What whoever dials says of itself, sealed for the far end alone. */
export const helloSchema = z.object({ messages: version })

/** What the far end answers: as whom it knows us, or why it does not let us in. */
export const welcomeSchema = z.union([
  z.object({
    messages: version,
    identity: z.object({ name: z.string(), role: z.enum(roles) }).nullable(),
  }),
  z.object({ refused: z.string().max(500) }),
])

export type Welcome = z.output<typeof welcomeSchema>

/** Our word at the beginning. */
export const greeting = { messages: messagesVersion }

/** Reads a greeting; nothing for what is none. */
export function readGreeting<S extends z.ZodType>(schema: S, bytes: Buffer): z.output<S> | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(bytes.toString('utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}
