import { mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { asideOf, bringBack } from '../spill-folder.ts'
import { spilledKey } from '../spilled-data.ts'
import { aDay, type Effort, look, type OldFile, oldFiles, type Removed, sumOf } from './files.ts'

/** What seems to be of no use among kept data: in its place, and put aside by an earlier sweep. */
export interface OldSpilled {
  readonly placed: readonly OldFile[]
  readonly aside: readonly OldFile[]
}

/** What was neither kept, read nor asked for since `before`. */
export async function oldSpilled(folder: string, before: number, effort: Effort): Promise<OldSpilled> {
  const aside = await oldFiles(asideOf(folder), spilledKey, Number.POSITIVE_INFINITY, effort)
  return { aside, placed: await oldFiles(folder, spilledKey, before, effort) }
}

/**
 * Takes away kept data that nobody refers to, in two steps. What is old is put aside first: whoever keeps the same data
 * again at this moment, or reads it within a day, has it back. What lay there for a day is removed.
 *
 * @param before what is younger stays: milliseconds since the epoch
 * @returns what was put aside, or would be
 */
export async function sweepSpilled(
  folder: string,
  { placed, aside }: OldSpilled,
  { before, now, dryRun }: { readonly before: number; readonly now: number; readonly dryRun: boolean },
): Promise<Removed> {
  if (dryRun) return sumOf(placed)
  for (const { name } of aside) await removeAside(folder, name, before, now)
  const gone: OldFile[] = []
  for (const one of placed) if (await putAside(folder, one.name, before)) gone.push(one)
  return sumOf(gone)
}

async function removeAside(folder: string, key: string, before: number, now: number): Promise<void> {
  const file = path.join(asideOf(folder), key)
  const found = await look(file)
  if (found === undefined) return
  // Its age is looked at again: it may have been put aside at the moment at which somebody kept it anew.
  if (found.mtimeMs >= before) await bringBack(folder, key)
  else if (found.ctimeMs < now - aDay) await rm(file, { force: true })
}

/** Answers whether it is gone from its place. */
async function putAside(folder: string, key: string, before: number): Promise<boolean> {
  const file = path.join(folder, key)
  const aside = path.join(asideOf(folder), key)
  const found = await look(file)
  if (found === undefined || found.mtimeMs >= before || (await look(aside)) !== undefined) return false
  await mkdir(asideOf(folder), { recursive: true, mode: 0o700 })
  try {
    await rename(file, aside)
  } catch (thrown) {
    // Another sweep has it now.
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
    return false
  }
  const moved = await look(aside)
  const young = moved !== undefined && moved.mtimeMs >= before
  if (young) await bringBack(folder, key)
  return !young
}
