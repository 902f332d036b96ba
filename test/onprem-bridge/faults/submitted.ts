import { readFileSync } from 'node:fs'
import type { Json } from '../../../src/core/json.ts'

/** What a submitter that may be killed wrote down: what it submits before it does, and what it hears before it goes on. */
export type Said =
  | { readonly what: 'submit' | 'accepted' | 'end'; readonly id: string }
  | { readonly what: 'answer'; readonly id: string; readonly output: Json }
  | { readonly what: 'failed'; readonly id: string; readonly error: string; readonly cause: string }

export function readLog(file: string): readonly Said[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Said)
}
