import type { ChangeEntry, SystemStore } from '../../core/systems/store.ts'
import { type Cell, paintedTable, type Tone } from '../../operations/output/format/painted-table.ts'
import { hasState } from '../../run/shared-database.ts'
import { closest } from '../closest.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { formatDate } from '../history/date.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'
import { withSystems } from './systems.ts'

const tones: Readonly<Record<ChangeEntry['kind'], Tone>> = {
  created: 'green',
  changed: 'cyan',
  removed: 'red',
}

/** Prints what became of a system, newest last. */
export async function stateHistory(context: CommandContext, args: Args, word: string): Promise<number> {
  const loaded = await configuration(context, args)
  if (!hasState(loaded)) throw new UsageError('no systems are kept here yet; reops create makes one')
  return withSystems(context, loaded, async store => {
    const id = await idOf(store, word)
    const history = await store.history(id)
    const own = given(args, 'no-color') ? withoutColor(context) : context
    const style = styleFor(own, own.stdout)
    context.stdout.write(
      given(args, 'json')
        ? `${JSON.stringify(documentOf(id, history), null, 2)}\n`
        : `${paintedTable(['when', 'revision', '', 'by', 'what'], history.map(changeRow), style).join('\n')}\n`,
    )
    return 0
  })
}

/** The id of a system that is here, or that was. */
async function idOf(store: SystemStore, word: string): Promise<string> {
  const here = /^sys-[0-9a-f]{20}$/.test(word) ? await store.get(word) : await store.find(word)
  if (here !== undefined) return here.id
  const { systems, history } = await store.dump(Date.now())
  const gone = lastNames(history)
  if (gone.has(word)) return word
  const ids = [...gone].filter(([, name]) => name === word).map(([id]) => id)
  if (ids.length === 1) return ids[0]!
  if (ids.length > 1)
    throw new UsageError(`several systems were called ${word}: ${ids.join(', ')}; name one by its id`)
  const meant = closest(
    word,
    systems.map(({ hostname }) => hostname),
  )
  throw new UsageError(
    `there is and was no system ${JSON.stringify(word)}; ${meant === undefined ? 'reops list names those that there are' : `did you mean ${meant}?`}`,
  )
}

/** The last hostname of each system that has a history, by id. */
function lastNames(history: readonly ChangeEntry[]): Map<string, string> {
  const names = new Map<string, string>()
  for (const { system, before, after } of history) {
    const name = after.hostname ?? before.hostname ?? names.get(system)
    names.set(system, String(name))
  }
  return names
}

function documentOf(id: string, history: readonly ChangeEntry[]): object {
  const changes = history.map(({ system, at, ...entry }) => ({ at: new Date(at).toISOString(), ...entry }))
  return { system: id, hostname: lastNames(history).get(id) ?? null, history: changes }
}

/** A change as a row: when, revision, kind, by whom, and what. */
export function changeRow({ at, revision, kind, by, before, after }: ChangeEntry): Cell[] {
  const all = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const names = kind === 'changed' ? all : all.filter(name => !isEmpty(after[name] ?? before[name]))
  const what = names.map(name => difference(kind, name, before[name], after[name]))
  return [formatDate(at), `${revision}`, { text: kind, tone: tones[kind] }, by, what.join(', ')]
}

/** `state: stopped → running`; what was first or last is said alone. */
function difference(kind: ChangeEntry['kind'], name: string, before: unknown, after: unknown): string {
  if (kind !== 'changed') return `${name}: ${shown(after ?? before)}`
  return `${name}: ${shown(before)} → ${shown(after)}`
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.length === 0)
}

function shown(value: unknown): string {
  if (value === undefined) return '-'
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}
