import type { ChangeEntry } from '../../core/systems/store.ts'
import { type Cell, paintedTable, type Tone } from '../../operations/output/format/painted-table.ts'
import { type SystemPast, systemHistory } from '../../operations/systems/index.ts'
import { lastNames, pastOf } from '../../operations/systems/inspect/history.ts'
import { askBridge } from '../../run/bridge/ask.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { closest } from '../closest.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { formatDate } from '../history/date.ts'
import { given } from '../parse.ts'
import { bridgeOf, withBridge } from '../session/bridge.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { UsageError } from '../usage-error.ts'
import { knowsSystems, withSystems } from './systems.ts'

const tones: Readonly<Record<ChangeEntry['kind'], Tone>> = {
  created: 'green',
  changed: 'cyan',
  removed: 'red',
}

/** Prints what became of a system, newest last. */
export async function stateHistory(context: CommandContext, args: Args, word: string): Promise<number> {
  const loaded = await configuration(context, args)
  if (!knowsSystems(loaded)) throw new UsageError('no systems are kept here yet; reops create makes one')
  const { id, history } = found(word, await pastOfSystem(context, loaded, word))
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  context.stdout.write(
    given(args, 'json')
      ? `${JSON.stringify(documentOf(id, history), null, 2)}\n`
      : `${paintedTable(['when', 'revision', '', 'by', 'what'], history.map(changeRow), style).join('\n')}\n`,
  )
  return 0
}

function pastOfSystem(context: CommandContext, loaded: LoadedConfig, word: string): Promise<SystemPast> {
  const bridge = bridgeOf(context, loaded)
  if (bridge !== undefined)
    return withBridge(context, loaded, bridge, asking => askBridge(systemHistory(word), asking))
  return withSystems(context, loaded, store => pastOf(store, word, Date.now()))
}

/** The one that is meant. Throws `UsageError` where several or none can be. */
function found(word: string, past: SystemPast): Extract<SystemPast, { readonly kind: 'one' }> {
  if (past.kind === 'one') return past
  if (past.kind === 'several')
    throw new UsageError(`several systems were called ${word}: ${past.ids.join(', ')}; name one by its id`)
  const meant = closest(word, past.names)
  throw new UsageError(
    `there is and was no system ${JSON.stringify(word)}; ${meant === undefined ? 'reops list names those that there are' : `did you mean ${meant}?`}`,
  )
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
