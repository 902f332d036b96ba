import type { Success } from '../../../core/outcome.ts'
import { isCommandResult } from './command-result.ts'

/** Hosts that answered the same. `ms` is the time of the slowest. */
export interface Group {
  readonly hosts: readonly string[]
  readonly value: unknown
  readonly ms: number
}

/** Puts identical answers together, the largest group first; groups of one size stay in the order of their hosts. */
export function groupAnswers(successes: readonly Success<unknown>[]): Group[] {
  const groups = Map.groupBy(successes, keyOf)
  return [...groups.values()]
    .map(members => ({
      hosts: members.map(member => member.host),
      value: members[0]!.value,
      ms: Math.max(...members.map(member => member.ms)),
    }))
    .sort((a, b) => b.hosts.length - a.hosts.length)
}

/** Output of which only the tail is here may differ where nobody sees it, so it is never taken for the same. */
function keyOf({ host, value }: Success<unknown>): string {
  if (isCommandResult(value) && value.kept && (value.kept.stdout || value.kept.stderr)) return `kept ${host}`
  return JSON.stringify(value)
}
