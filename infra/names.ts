import { InvalidConfig } from '../src/core/errors.ts'

/** Step Functions' limit for a state machine, and Scheduler's for a schedule. */
const longestMachine = 80
const longestSchedule = 64

/** The key of a flow's output: CloudFormation takes letters and digits alone. */
export function outputKey(flow: string): string {
  return `StateMachine${capitals(flow)}`
}

/** Words of letters and digits, each with a capital, as logical ids and keys of outputs are written. */
export function capitals(name: string): string {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map(word => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('')
}

/** Throws `InvalidConfig` for names of exports that AWS would refuse, or that would be one and the same there. */
export function refuseNames(stack: string, flows: Iterable<string>, schedules: Iterable<string>): void {
  const machines = [...flows]
  refuseEach('flow', machines, longestMachine - stack.length - 1)
  refuseEach('schedule', [...schedules], longestSchedule)
}

function refuseEach(what: string, names: readonly string[], longest: number): void {
  const taken = new Map<string, string>()
  for (const name of names) {
    if (!/^[\w-]+$/.test(name) || name.length > longest) {
      throw new InvalidConfig(
        `the ${what} ${name} can't be deployed by this name: AWS takes up to ${longest} letters, digits, dashes and underscores here; export it by another name`,
      )
    }
    const other = taken.get(capitals(name))
    if (other !== undefined) {
      throw new InvalidConfig(
        `the ${what}s ${other} and ${name} would have the same name in a template, where capitals and underscores don't count; export one of them by another name`,
      )
    }
    taken.set(capitals(name), name)
  }
}
