import * as z from 'zod'
import { HostTrouble } from '../../../src/core/ports.ts'
import { fileWords } from '../../agent/tree/words.ts'

/** What an agent answers of what it wrote. */
export const written = z.object({ files: z.int().min(0), bytes: z.int().min(0) })

/** Makes what this machine's file system refused the host's failure, as a transport has to. */
export async function onThisSide<T>(
  host: string,
  doing: string,
  about: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof HostTrouble) throw error
    throw new HostTrouble('exception', `${host}: ${fileWords(error, doing, about, 'here')}`, { cause: error })
  }
}

/** Reads an agent's answer; one that does not fit is its trouble. */
export function readAnswer<S extends z.ZodType>(host: string, schema: S, answer: unknown): z.output<S> {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new HostTrouble('exception', `${host}: its agent answered what does not fit; upgrade it`)
}
