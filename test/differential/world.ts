import type { FailureCode } from '../../src/core/outcome.ts'
import type { Shape, Turn } from './shapes.ts'

/** What a pipeline came to, so that two readings of it can be compared. */
export type Ending =
  | ({ readonly kind: 'done' } & Told)
  | ({ readonly kind: 'skipped'; readonly reason: string } & Told)
  | { readonly kind: 'threw'; readonly errors: readonly string[] }

/** An outcome without what is no part of the language's meaning: how long it took, and in which order. */
export interface Told {
  readonly on: readonly string[]
  readonly successful: readonly string[]
  readonly failure: readonly string[]
  readonly left: readonly string[]
}

/** One host's result in words. */
export function tellSuccess(host: string, value: unknown): string {
  return `${host}=${String(value)}`
}

export function tellFailure(host: string, step: string, code: FailureCode): string {
  return `${host} at ${step}: ${code}`
}

/** The hosts of one reading: each call of a step on a host by a way takes that step's next turn. */
export class Hosts {
  readonly #calls = new Map<string, number>()

  turn(step: Extract<Shape, { kind: 'act' }>, host: string, via: string): Turn {
    const key = via === 'ssh' ? host : `${host} by ${via}`
    const list = step.turns[key]!
    const count = this.#calls.get(`${step.id} ${key}`) ?? 0
    this.#calls.set(`${step.id} ${key}`, count + 1)
    return list[Math.min(count, list.length - 1)]!
  }
}
