import type { SystemLease } from '../../../core/systems/store.ts'
import type { System, SystemState } from '../../../core/systems/system.ts'
import { type Cell, paintedTable, type Tone } from './painted-table.ts'
import type { Style } from './style.ts'
import { formatDate } from './time.ts'

/** What moves is yellow, what is wrong red. */
export const stateTones: Readonly<Record<SystemState, Tone>> = {
  creating: 'yellow',
  starting: 'yellow',
  running: 'green',
  provisioning: 'yellow',
  stopping: 'yellow',
  stopped: 'dim',
  paused: 'yellow',
  destroying: 'yellow',
  broken: 'red',
  missing: 'red',
  unknown: 'red',
}

/** A system with what a step or a list says of it besides. */
type Listed = System & {
  readonly synced?: unknown
  readonly repaired?: unknown
  readonly holder?: SystemLease | undefined
}

/** A column of the table; one that is empty in all rows is left out. */
interface SystemColumn {
  readonly heading: string
  /** The most of a terminal's width that it takes. */
  readonly share?: number
  readonly cell: (system: Listed) => Cell
}

const columns: readonly SystemColumn[] = [
  { heading: 'name', share: 0.25, cell: ({ hostname }) => hostname },
  { heading: 'state', cell: ({ state }) => ({ text: state, tone: stateTones[state] }) },
  { heading: 'found', cell: foundOf },
  { heading: 'busy', share: 0.15, cell: busyOf },
  { heading: 'type', share: 0.12, cell: ({ type = '' }) => type },
  { heading: 'on', share: 0.15, cell: ({ node, provider }) => node ?? provider },
  { heading: 'cpu', cell: ({ cpu }) => (cpu === undefined ? '' : String(cpu)) },
  { heading: 'ram', cell: ({ ram }) => (ram === undefined ? '' : formatMebibytes(ram)) },
  { heading: 'address', share: 0.3, cell: addressOf },
  { heading: 'tags', share: 0.15, cell: ({ tags }) => tags.join(' ') },
  { heading: '', cell: aboutOf },
]

const more: readonly SystemColumn[] = [
  { heading: 'id', cell: ({ id }) => id },
  { heading: 'provider', cell: ({ provider }) => provider },
  { heading: 'domain', cell: ({ domain = '' }) => domain },
  { heading: 'image', cell: ({ os = '' }) => os },
  { heading: 'disk', cell: ({ disk }) => (disk === undefined ? '' : `${disk} GiB`) },
  { heading: 'volumes', cell: ({ volumes }) => volumes.map(volumeText).join(', ') },
  { heading: 'user', cell: ({ user = '' }) => user },
  { heading: 'held by', cell: holderOf },
]

/** Whether a value is a system, by its shape. */
export function isSystem(value: unknown): value is System {
  if (typeof value !== 'object' || value === null) return false
  const { id, hostname, provider, state } = value as Partial<Record<keyof System, unknown>>
  return (
    typeof id === 'string' &&
    id.startsWith('sys-') &&
    typeof hostname === 'string' &&
    typeof provider === 'string' &&
    typeof state === 'string' &&
    Object.hasOwn(stateTones, state)
  )
}

/**
 * Systems as a table that fits the terminal. What is wrong with one stands where its description would. With `wide`
 * nothing is cut, and more is told.
 *
 * @example
 * console.log(systemLines(await store.list(), plainStyle).join('\n'))
 */
export function systemLines(systems: readonly System[], style: Style, wide = false): string[] {
  const some = wide ? [...columns.slice(0, -1), ...more, ...columns.slice(-1)] : columns
  const filled = some
    .map(column => ({ column, cells: systems.map(column.cell) }))
    .filter(({ cells }) => cells.some(cell => (typeof cell === 'string' ? cell : cell.text) !== ''))
  return paintedTable(
    filled.map(({ column: { heading, share } }) => (share === undefined ? heading : { heading, share })),
    systems.map((_, row) => filled.map(({ cells }) => cells[row]!)),
    wide ? { ...style, columns: undefined } : style,
  )
}

/** MiB as a person says them: `512 MiB`, `2 GiB`, `1.5 GiB`. */
export function formatMebibytes(mebibytes: number): string {
  if (mebibytes < 1_024) return `${mebibytes} MiB`
  return `${Number((mebibytes / 1_024).toFixed(1))} GiB`
}

/** `data 100 GiB kept`. */
export function volumeText({ name, size, keep }: System['volumes'][number]): string {
  return `${name === undefined ? '' : `${name} `}${size} GiB${keep ? ' kept' : ''}`
}

/** `10.0.0.5`, and `10.0.0.5:2222` where SSH answers elsewhere. */
export function addressOf({ address, port }: Pick<System, 'address' | 'port'>): string {
  if (address === undefined || port === undefined) return address ?? ''
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** What a step that looks at systems says of each besides: `syncSystems` and `repair`. */
function foundOf(system: Listed): string {
  return String(system.synced ?? system.repaired ?? '')
}

/** What somebody is doing to it, where a list knows who holds it. */
function busyOf({ holder }: Listed): Cell {
  return holder === undefined ? '' : { text: holder.purpose, tone: 'yellow' }
}

function holderOf({ holder }: Listed): string {
  if (holder === undefined) return ''
  const { owner, since } = holder
  return since === undefined ? owner : `${owner} since ${formatDate(since)}`
}

/** What went wrong wins over what it is doing, and that over what it is. */
function aboutOf({ state, stage, problem, description }: System): Cell {
  const tone = stateTones[state]
  if (problem !== undefined) {
    const text = stage === undefined ? problem : `${stage}: ${problem}`
    return { text, tone: tone === 'red' ? 'red' : 'yellow' }
  }
  return stage !== undefined && tone === 'yellow' ? { text: stage, tone } : description
}
