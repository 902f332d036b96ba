import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Json } from '../../src/core/json.ts'

/** What AWS recorded, which stands beside the checkout and never in it. */
const file = fileURLToPath(new URL('../../../shared/asl-corpus/cases.json', import.meta.url))

export interface RecordedEvent {
  readonly type: string
  readonly id: number | string
  readonly previousEventId: number
  readonly [details: string]: any
}

export interface Case {
  readonly key: string
  readonly definition: any
  readonly input: Json
  readonly recorded: { readonly events: readonly RecordedEvent[] }
}

/** The cases, or undefined where the corpus is absent. */
export function readCorpus(): readonly Case[] | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Case[]) : undefined
}

/** The part of a key that tells cases apart in a report: `test_base_map[ITEMS]`. */
export function shortKey(key: string): string {
  return key.split('::').at(-1) ?? key
}
