import path from 'node:path'
import type { Database } from '../sqlite/database.ts'
import { textsOf } from '../sqlite/executions/mentions.ts'
import { countForgettable } from '../sqlite/executions/prune.ts'
import { openExecutionStore } from '../sqlite/executions/store.ts'
import { countGone, forgetGone } from '../sqlite/systems/prune.ts'
import { aDay, type Effort, type OldFile, oldFiles, type Removed, removeFiles } from './files.ts'
import { mentionedIn } from './mentioned.ts'
import { oldSpilled, sweepSpilled } from './spilled.ts'

export interface SweepOptions {
  /** Milliseconds since the epoch. */
  readonly now: number
  /** How long what is over is kept, in milliseconds. */
  readonly olderThan: number
  /** Only says what would go. */
  readonly dryRun?: boolean
  /** The files that are looked at. */
  readonly atMost?: number
}

/** What went, or would. */
export interface Swept {
  readonly executions: number
  /** Histories of systems that are no more. */
  readonly histories: number
  /** Data that was too large for a state; it lies aside for a day, in case that somebody needs it. */
  readonly spilled: Removed
  /** Kept output of commands. */
  readonly output: Removed
  /** What writers that crashed left behind. */
  readonly drafts: Removed
  /** Whether files were left because what is kept may name them, and is too much to read. */
  readonly unsure: boolean
}

/**
 * Removes from a state folder what nobody can need any more: executions that ended long ago, the histories of systems
 * that were removed long ago, and files that are older than both by a day and that nothing that is kept names. Objects
 * are left, as S3 leaves them: a flow may read by its name what was put there a year ago. Others may use the folder
 * meanwhile, and sweep it.
 */
export async function sweepState(
  { folder, database }: { readonly folder: string; readonly database: Database },
  { now, olderThan, dryRun = false, atMost = Number.POSITIVE_INFINITY }: SweepOptions,
): Promise<Swept> {
  const before = now - olderThan
  const executions = dryRun
    ? countForgettable(database, before)
    : await openExecutionStore(database).prune(before)
  const histories = dryRun ? countGone(database, before) : await forgetGone(database, before)

  const effort: Effort = { left: atMost }
  const since = before - aDay
  const spilledFolder = path.join(folder, 'spilled')
  const outputFolder = path.join(folder, 'output')
  const drafts = await sweepDrafts(folder, now - aDay, effort, dryRun)
  const output = await oldFiles(outputFolder, outputFile, since, effort)
  const spilled = await oldSpilled(spilledFolder, since, effort)

  const none = output.length + spilled.placed.length + spilled.aside.length === 0
  const mentioned = none
    ? new Set<string>()
    : await mentionedIn(textsOf(database, { ended: before, since }), spilledFolder)
  const unneeded = (files: readonly OldFile[]) => files.filter(({ name }) => mentioned?.has(name) === false)
  const unneededSpilled = { placed: unneeded(spilled.placed), aside: unneeded(spilled.aside) }
  return {
    executions,
    histories,
    spilled: await sweepSpilled(spilledFolder, unneededSpilled, { before: since, now, dryRun }),
    output: await removeFiles(outputFolder, unneeded(output), dryRun),
    drafts,
    unsure: mentioned === undefined,
  }
}

/** What the SSH transport calls the output that it keeps. */
const outputFile = /^reops-[\w-]{12}\.std(?:out|err)$/

const uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'

async function sweepDrafts(state: string, before: number, effort: Effort, dryRun: boolean): Promise<Removed> {
  let files = 0
  let bytes = 0
  for (const [folder, fits] of [
    [path.join(state, 'spilled'), new RegExp(`^\\.[0-9a-f]{64}\\.${uuid}$`)],
    [path.join(state, 'objects', '.drafts'), new RegExp(`^${uuid}$`)],
  ] as const) {
    const removed = await removeFiles(folder, await oldFiles(folder, fits, before, effort), dryRun)
    files += removed.files
    bytes += removed.bytes
  }
  return { files, bytes }
}
