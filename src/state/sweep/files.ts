import type { Stats } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** How many files, and how many bytes they have. */
export interface Removed {
  readonly files: number
  readonly bytes: number
}

/** A file that is old enough to go. */
export interface OldFile {
  readonly name: string
  readonly bytes: number
}

/** The files that a sweep may still look at. Whoever looks at one takes it away from the others. */
export interface Effort {
  left: number
}

/** Nobody was here for as long as this: writers that crashed are gone, and nobody reads what was put aside. */
export const aDay = 86_400_000

/**
 * The files of a folder whose names fit and that nobody wrote to since `before`, in milliseconds since the epoch. The
 * look begins anywhere, so that what one sweep doesn't get to is found by another one.
 */
export async function oldFiles(
  folder: string,
  fits: RegExp,
  before: number,
  effort: Effort,
): Promise<OldFile[]> {
  const names = (await readdir(folder).catch(missing))?.filter(name => fits.test(name)) ?? []
  const start = Math.floor(Math.random() * names.length)
  const old: OldFile[] = []
  for (let index = 0; index < names.length && effort.left > 0; index++, effort.left--) {
    const name = names[(start + index) % names.length]!
    const found = await look(path.join(folder, name))
    if (found !== undefined && found.mtimeMs < before) old.push({ name, bytes: found.size })
  }
  return old
}

/** What is a file, and is there still. */
export async function look(file: string): Promise<Stats | undefined> {
  const found = await stat(file).catch(missing)
  return found?.isFile() ? found : undefined
}

/** Removes files, unless somebody has, or only says which it would. */
export async function removeFiles(
  folder: string,
  old: readonly OldFile[],
  dryRun: boolean,
): Promise<Removed> {
  if (!dryRun) for (const { name } of old) await rm(path.join(folder, name), { force: true })
  return sumOf(old)
}

export function sumOf(files: readonly OldFile[]): Removed {
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) }
}

function missing(thrown: unknown): undefined {
  if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown
}
