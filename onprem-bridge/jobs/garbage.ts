import * as z from 'zod'

/** What of a message that is none may still be answered to. */
const addressed = z.union([z.object({ nonce: z.int().min(0) }), z.object({ id: z.string().min(1).max(300) })])

/** Whom an answer to something that is no message goes to: a question, a job, or nobody. */
export function addressOf(body: unknown): { readonly nonce: number } | { readonly id: string } | undefined {
  const parsed = addressed.safeParse(body)
  return parsed.success ? parsed.data : undefined
}
