/**
 * The listing of the flows, remembered between two calls of `reops flows`, because loading them takes longer than
 * everything else together. What this file keeps true:
 *
 * 1. A listing is used only while every file and folder that decided about it is as it was (see stamp.ts).
 * 2. It is remembered only for modules that can't look at anything else (see module-graph.ts).
 * 3. It is remembered only when all of that had been left alone for a while before it was loaded, so that no change
 *    can hide within the resolution of a file system's clock, or between loading and looking.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ListedFlow } from './listing.ts'
import type { ModuleGraph } from './module-graph.ts'
import { stampOf, unchangedSince } from './stamp.ts'

/** Changes when what is kept, or how it is made, changes. */
const format = 1

/** Milliseconds that files must have been left alone; FAT's clock ticks every two seconds. */
const stillness = 2_000

interface Remembered {
  readonly format: typeof format
  readonly node: string
  /** The configuration that it is of, or the folder where there is none. */
  readonly place: string
  readonly stamps: Readonly<Record<string, string>>
  readonly flows: readonly ListedFlow[]
}

/** The listing that was remembered for this place, if it still holds. */
export function recall(state: string, place: string): readonly ListedFlow[] | undefined {
  const kept = read(placeOf(state))
  if (kept?.format !== format || kept.node !== process.version || kept.place !== place) return undefined
  const holds = Object.entries(kept.stamps).every(([file, stamp]) => stampOf(file) === stamp)
  return holds ? kept.flows : undefined
}

/** Remembers a listing, where that is safe. `began` is when its loading began, in milliseconds since the epoch. */
export function remember(
  state: string,
  place: string,
  flows: readonly ListedFlow[],
  graph: ModuleGraph,
  began: number,
): void {
  const paths = [...graph.files, ...graph.surroundings]
  if (!graph.closed || !paths.every(one => unchangedSince(one, began - stillness))) return
  const stamps = Object.fromEntries(paths.map(one => [one, stampOf(one)]))
  write(placeOf(state), { format, node: process.version, place, stamps, flows })
}

function placeOf(state: string): string {
  return path.join(state, 'cache', 'flows.json')
}

function read(file: string): Remembered | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Remembered
  } catch {
    // Nothing is remembered, or nothing that can be read: the flows are loaded as if for the first time.
    return undefined
  }
}

function write(file: string, remembered: Remembered): void {
  const draft = `${file}.${process.pid}`
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(draft, JSON.stringify(remembered), { mode: 0o600 })
    renameSync(draft, file)
  } catch {
    // A folder that can't be written to costs time at the next call, and nothing else.
  }
}
