import type { Key } from '../keys.ts'
import type { Range } from '../table.ts'

/**
 * Where watches lie in the table. All partitions begin with `watches/`, and the function that decides may touch no others. A
 * name has no `#` in it, and what follows it sorts by time.
 */
const states = 'watches/state'
const decisions = 'watches/decisions'

export const stateKey = (watch: string): Key => ({ pk: states, sk: watch })

/** `of` tells decisions of the same moment apart: the key of an action, or anything that nothing else has. */
export const decisionKey = (watch: string, at: number, of: string): Key => ({
  pk: decisions,
  sk: `${watch}#${moment(at)}#${of}`,
})

/** The decisions of a watch from a moment on, of which `~` comes after all. */
export const decisionsSince = (watch: string, since: number): Pick<Range, 'pk' | 'between'> => ({
  pk: decisions,
  between: [`${watch}#${moment(since)}`, `${watch}#~`],
})

function moment(at: number): string {
  return String(Math.max(0, Math.trunc(at))).padStart(13, '0')
}
