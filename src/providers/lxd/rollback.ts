import { randomUUID } from 'node:crypto'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { openUndo } from '../undo.ts'
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
  const made = openUndo()
  try {
    return await work({
      attempt: randomUUID(),
      add: (what, step) =>
        made.add(what, () => step(desk.client, { signal: new AbortController().signal, timeout: undoMs })),
    })
  } catch (error) {
    if (!made.empty) desk.job.stage('taking back what was made')
    const stays = await made.takeBack()
    const left = stays.map(
      ({ what, cause }) => `${what} (${cause instanceof Error ? cause.message : String(cause)})`,
    )
    const trouble = asTrouble(desk.node, error, left)
    // Whatever the server made of it in the end: it was cancelled, and taken back.
    if (desk.job.signal.aborted && trouble instanceof SystemTrouble && trouble.code !== 'cancelled')
      throw new SystemTrouble('cancelled', trouble.message, { cause: error, left: trouble.left })
    throw trouble
  }
}
