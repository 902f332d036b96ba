import { randomUUID } from 'node:crypto'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { CallOptions, LxdClient } from './api/client.ts'
import type { Desk } from './node.ts'
import { asTrouble } from './trouble.ts'

/** How long one thing may take to be taken back, in milliseconds; the job's own time may be over. */
const undoMs = 60_000

type Step = (client: LxdClient, options: CallOptions) => Promise<void>

/** What has been done so far and how it is taken back. */
export interface Undo {
  /** Marks what this attempt made, so that it takes back nothing that another one did. */
  readonly attempt: string
  /** `what` is what is left when it can't be taken back. */
  add(what: string, step: Step): void
}

/**
 * Does work that leaves nothing behind when it fails: what it added to `undo` is taken back, the last first. What
 * can't be is said in the trouble's `left`.
 */
export async function orTakeBack<T>(desk: Desk, work: (undo: Undo) => Promise<T>): Promise<T> {
  const steps: { what: string; step: Step }[] = []
  try {
    return await work({ attempt: randomUUID(), add: (what, step) => void steps.push({ what, step }) })
  } catch (error) {
    if (steps.length > 0) desk.job.stage('taking back what was made')
    const left: string[] = []
    for (const { what, step } of steps.reverse()) {
      try {
        await step(desk.client, { signal: new AbortController().signal, timeout: undoMs })
      } catch (cause) {
        left.push(`${what} (${cause instanceof Error ? cause.message : String(cause)})`)
      }
    }
    const trouble = asTrouble(desk.node, error, left)
    // Whatever the server made of it in the end: it was cancelled, and taken back.
    if (desk.job.signal.aborted && trouble instanceof SystemTrouble && trouble.code !== 'cancelled')
      throw new SystemTrouble('cancelled', trouble.message, { cause: error, left: trouble.left })
    throw trouble
  }
}
