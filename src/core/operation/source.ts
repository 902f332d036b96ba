import { InvalidArguments } from '../errors.ts'
import type { Hosts } from '../hosts.ts'
import { findNotJson, type Json } from '../json.ts'
import { type OrRef, refTarget } from '../ref.ts'
import { fromStep, type Operation } from './operation.ts'

/**
 * Starts a pipeline with a value: hosts, or any other data. A reference into the flow's input will do.
 *
 * @example
 * await run(pipe(source(hosts({ user: 'ops' }, ['foo'])), ls('/'), pretty()))
 */
export function source<T>(value: OrRef<T>): Operation<void, T> {
  const problem = refTarget(value) ? undefined : findNotJson(value)
  if (problem)
    throw new InvalidArguments(
      `source: ${problem.path} is ${problem.found}, which can't travel between steps`,
    )
  return fromStep({ kind: 'source', label: labelOf(value), value: value as Json })
}

function labelOf(value: unknown): string {
  const target = refTarget(value)
  if (target) return 'path' in target ? `input ${target.path.join('.')}`.trim() : 'expression'
  const hosts = (value as Partial<Hosts> | null)?.hosts
  if (!Array.isArray(hosts)) return 'source'
  const names = hosts.map(host => host.name)
  return `on ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`
}

/**
 * Changes the data by a JSONata expression, natively and without calling anything: it sees `$states.input` and
 * `$states.context`. Data that was too large for a state is a reference there; for such data use `transform`.
 *
 * @example
 * pipe(ping(closet), query<number>('$count($states.input.failure)'))
 */
export function query<O = Json>(text: string): Operation<any, O> {
  return fromStep({ kind: 'query', label: 'query', expression: text })
}
