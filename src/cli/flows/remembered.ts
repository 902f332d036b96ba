/**
 * What was made of a configuration or of the flows, remembered between two calls of a command, because loading them
 * takes longer than everything else together. What this file keeps true:
 *
 * 1. It is used only while every file and folder that decided about it is as it was (see stamp.ts).
 * 2. It is remembered only for modules that can't look at anything else (see module-graph.ts).
 * 3. It is remembered only when all of that had been left alone for a while before it was loaded, so that no change
 *    can hide within the resolution of a file system's clock, or between loading and looking.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ModuleGraph } from './module-graph.ts'
import { stampOf, unchangedSince } from './stamp.ts'

/** Changes when what is kept, or how it is made, changes. */
const format = 2

/** Milliseconds that files must have been left alone; FAT's clock ticks every two seconds. */
const stillness = 2_000

/** What is remembered: the listing of the flows, and where the state is. Each stands in a file of its own. */
export type Kind = 'flows' | 'state'

interface Remembered {
  readonly format: typeof format
  readonly node: string
  /** The configuration that it is of, or the folder where there is none. */
  readonly place: string
  readonly stamps: Readonly<Record<string, string>>
  readonly value: unknown
}

/** What was remembered for this place, if it still holds. */
export function recall<T>(state: string, place: string, kind: Kind): T | undefined {
  const kept = read(placeOf(state, kind))
  if (kept?.format !== format || kept.node !== process.version || kept.place !== place) return undefined
  const holds = Object.entries(kept.stamps).every(([file, stamp]) => stampOf(file) === stamp)
  return holds ? (kept.value as T) : undefined
}

/** Remembers something, where that is safe. `began` is when its loading began, in milliseconds since the epoch. */
export function remember(
  { state, place, kind }: { readonly state: string; readonly place: string; readonly kind: Kind },
  value: unknown,
  graph: ModuleGraph,
  began: number,
): void {
  const paths = [...graph.files, ...graph.surroundings]
  if (!graph.closed || !paths.every(one => unchangedSince(one, began - stillness))) return
  const stamps = Object.fromEntries(paths.map(one => [one, stampOf(one)]))
  write(placeOf(state, kind), { format, node: process.version, place, stamps, value })
}

function placeOf(state: string, kind: Kind): string {
  return path.join(state, 'cache', `${kind}.json`)
}

function read(file: string): Remembered | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Remembered
  } catch {
    // Nothing is remembered, or nothing that can be read: all is loaded as if for the first time.
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
