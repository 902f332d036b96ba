import { createHash } from 'node:crypto'

/** Names of executions have up to 80 characters, in AWS too; a time takes 17 of them. */
const longest = 60

/**
 * The name of the execution that a schedule starts at one of its times: the same for every process that comes to it.
 *
 * @example
 * firingKey('nightly', Date.parse('2027-01-31T22:00:00Z')) // 'nightly-20270131T220000Z'
 */
export function firingKey(schedule: string, due: number): string {
  const time = new Date(due).toISOString().replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  return `${plainName(schedule)}-${time}`
}

/** A name that is no name of an execution, or too long for one, is told from others by its hash. */
function plainName(name: string): string {
  if (/^[\w-]+$/.test(name) && name.length <= longest) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 12)
  return `${name.replaceAll(/[^\w-]/g, '_').slice(0, longest - 13)}-${hash}`
}
