import type * as z from 'zod'
import { explainIssues } from '../../core/errors.ts'
import { HostTrouble } from '../../core/ports.ts'

/** Reads what an agent answered. One that does not fit is its host's trouble: an older agent, or one that means ill. */
export function readAnswer<S extends z.ZodType>(schema: S, answer: unknown): z.output<S> {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new HostTrouble(
    'exception',
    `its agent answered what does not fit (${explainIssues(parsed.error.issues.slice(0, 3))}); upgrade the agent`,
  )
}
