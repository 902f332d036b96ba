import type { Criterion } from '../../core/systems/criterion.ts'
import { closest } from '../closest.ts'
import { splitTargets } from '../targets/split.ts'
import { UsageError } from '../usage-error.ts'

/** Which systems are meant: those that are named, or all, as far as the conditions fit. */
export interface Selection {
  /** Hostnames, full names and ids; empty where conditions alone select. */
  readonly names: readonly string[]
  readonly criterion: Criterion
  /** Whether a word is a condition. */
  readonly conditions: boolean
}

/** Conditions of one word. */
const words: Readonly<Record<string, Criterion>> = {
  all: { where: 'all' },
  running: { where: 'state', states: ['running'] },
  stopped: { where: 'state', states: ['stopped'] },
  broken: { where: 'state', states: ['broken'] },
  'with-ip': { where: 'address' },
}

const states = [
  ...['creating', 'starting', 'running', 'provisioning', 'stopping', 'stopped', 'paused', 'destroying'],
  ...['broken', 'missing', 'unknown'],
]

/** Conditions that take a value; one of several that are comma separated will do, but a tag has to be there each. */
const keys: Readonly<Record<string, (values: readonly string[], word: string) => Criterion>> = {
  state: (values, word) => ({ where: 'state', states: values.map(value => stateOf(value, word)) }),
  typed: types => ({ where: 'type', types }),
  on: nodes => ({ where: 'node', nodes }),
  tagged: tags => ({ where: 'tag', tags }),
  name: names => ({ where: 'name', names: names.flatMap(splitTargets) }),
  id: ids => ({ where: 'id', ids }),
}

/** The words that select systems, for messages and completion. */
export const knownWords: readonly string[] = Object.keys(words)

/** How systems are selected, for help texts. */
export const selectionHelp = [
  'Systems are hostnames, full names, ids and groups of hosts; redis-[1-3] is redis-1,redis-2,redis-3. Conditions are',
  'all, running, stopped, broken, with-ip, state:<state>, typed:<type>, on:<node or provider>, tagged:<tag>,',
  'name:<name>, id:<id>, matching:<part> and not:<condition>. Each has to fit; of several values, as in on:a,b, one.',
].join('\n')

/**
 * Reads words that select systems. Conditions hold a colon or are known words; everything else is a name. Throws
 * `UsageError` for a condition that there is not.
 *
 * @example
 * parseSelection(['running', 'typed:redis', 'not:tagged:web'])
 */
export function parseSelection(given: readonly string[]): Selection {
  const names: string[] = []
  const criteria: Criterion[] = []
  for (const word of given) {
    const criterion = conditionOf(word)
    if (criterion === undefined) names.push(...splitTargets(word))
    else criteria.push(criterion)
  }
  const criterion: Criterion = criteria.length === 1 ? criteria[0]! : { where: 'both', both: criteria }
  return { names: [...new Set(names)], criterion, conditions: criteria.length > 0 }
}

function conditionOf(word: string): Criterion | undefined {
  if (Object.hasOwn(words, word)) return words[word]
  const colon = word.indexOf(':')
  if (colon === -1) return undefined
  const key = word.slice(0, colon)
  const value = word.slice(colon + 1)
  if (value === '') throw new UsageError(`${word} has no value; write ${word}<value>, see reops list --help`)
  if (key === 'not') return { where: 'not', not: conditionOf(value) ?? nameOf(value) }
  // A part of a description may hold commas.
  if (key === 'matching') return { where: 'part', part: value }
  const make = Object.hasOwn(keys, key) ? keys[key] : undefined
  if (make) return make(listed(value, word), word)
  throw new UsageError(`there is no condition ${JSON.stringify(word)}; ${hint(key)}`)
}

/** `not:redis-1` leaves one out by its name. */
function nameOf(word: string): Criterion {
  return word.startsWith('sys-') ? { where: 'id', ids: [word] } : { where: 'name', names: splitTargets(word) }
}

function listed(value: string, word: string): readonly string[] {
  const values = value.split(',').filter(one => one !== '')
  if (values.length === 0) throw new UsageError(`${word} has no value; see reops list --help`)
  return values
}

function stateOf(value: string, word: string) {
  if (states.includes(value)) return value as Extract<Criterion, { where: 'state' }>['states'][number]
  const meant = closest(value, states)
  throw new UsageError(
    `${word}: there is no state ${JSON.stringify(value)}; ${meant === undefined ? `there are ${states.join(', ')}` : `did you mean ${meant}?`}`,
  )
}

function hint(key: string): string {
  const known = [...Object.keys(keys), 'matching', 'not']
  const meant = closest(key, known)
  if (meant !== undefined) return `did you mean ${meant}:…?`
  return `there are ${knownWords.join(', ')}, and ${known.map(one => `${one}:…`).join(', ')}`
}
