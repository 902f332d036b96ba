import * as z from 'zod'
import type { Progress } from '../../../core/context.ts'
import { failureCodes } from '../../../core/outcome.ts'

const word = z.string().max(300)
const amount = z.number().min(0)
const at = { step: word, host: word }

const progressSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hosts'), step: word, hosts: z.array(word).max(100_000) }),
  z.object({ kind: z.literal('host-started'), ...at }),
  z.object({ kind: z.literal('host-ended'), ...at, ms: amount, code: z.enum(failureCodes).optional() }),
  z.object({ kind: z.literal('stage'), ...at, stage: z.string().max(1_000) }),
  z.object({
    kind: z.literal('transfer'),
    ...at,
    file: z.string().max(5_000),
    bytes: amount,
    total: amount.optional(),
  }),
])

/** What a step says of itself, out of a message; nothing where it is none of what steps say. */
export function progressIn(event: unknown): Progress | undefined {
  const parsed = progressSchema.safeParse(event)
  return parsed.success ? parsed.data : undefined
}
