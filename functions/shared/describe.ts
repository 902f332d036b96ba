import * as z from 'zod'

/** What of an event may stand in a log. */
const loggable = z.object({
  flow: z.string().max(80),
  step: z.string().max(80),
  operation: z.string().max(60),
  execution: z.object({ id: z.string().max(300) }),
})

/** Whose task an event is, for logs; nothing where it is none. */
export function describeRequest(event: unknown): Readonly<Record<string, string>> {
  const parsed = loggable.safeParse(event)
  if (!parsed.success) return {}
  const { execution, ...rest } = parsed.data
  return { execution: execution.id, ...rest }
}
