import { InvalidConfig } from '../src/core/errors.ts'

/** The characters that Step Functions, Scheduler and Lambda take for a name. */
const longest = { machine: 80, schedule: 64, function: 64 } as const

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

/** What is named after exports and capabilities. */
export interface Names {
  readonly flows: Iterable<string>
  readonly schedules: Iterable<string>
  readonly watches: Iterable<string>
  readonly capabilities: Iterable<string>
}

/** Throws `InvalidConfig` for names that AWS would refuse, or that would be one and the same there. */
export function refuseNames(stack: string, { flows, schedules, watches, capabilities }: Names): void {
  const prefix = stack.length + 1
  refuseEach('flow', flows, longest.machine - prefix)
  refuseEach('schedule', schedules, longest.schedule)
  refuseEach('watch', watches, longest.schedule)
  refuseEach('capability', capabilities, longest.function - prefix)
}

function refuseEach(what: string, names: Iterable<string>, most: number): void {
  const taken = new Map<string, string>()
  for (const name of names) {
    if (!/^[\w-]+$/.test(name) || name.length > most) {
      throw new InvalidConfig(
        `the ${what} ${name} can't be deployed by this name: AWS takes up to ${most} letters, digits, dashes and underscores here; call it otherwise`,
      )
    }
    const other = taken.get(capitals(name))
    if (other !== undefined) {
      throw new InvalidConfig(
        `${other} and ${name} would be one and the same in a template, where underscores and the first letter's size don't count; give one of them another name`,
      )
    }
    taken.set(capitals(name), name)
  }
}
