import { createHash } from 'node:crypto'
import type { Context } from '../../../core/context.ts'

/**
 * The id of the system that a step makes at this place: the same whenever the same step of the same execution is
 * repeated with the same data, after a crash or by a retry, so that nothing is made twice.
 */
export function idFor({ execution, step }: Context, data: unknown, asked: unknown, index: number): string {
  return systemIdOf([execution.id, step, asked, data ?? null, index])
}

/** An id that stands for these facts and no others. */
export function systemIdOf(facts: readonly unknown[]): string {
  return `sys-${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 20)}`
}
