import type { Database } from './database.ts'

/** Inside a write: a fencing token greater than every one before. */
export type NextFence = () => number

/**
 * One row of tokens for all executions and systems: an execution that was pruned and is started again under its old
 * id still refuses whoever held it before.
 */
export function openFences(database: Database): NextFence {
  const next = database.prepare('UPDATE fences SET last = last + 1 RETURNING last')
  return () => Number(next.get()?.last)
}
