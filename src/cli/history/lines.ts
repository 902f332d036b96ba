import { paint, type Style } from '../../operations/output/format/index.ts'
import { type Cell, paintedTable, type Tone } from '../../operations/output/format/painted-table.ts'
import { formatMilliseconds } from '../../operations/output/format/time.ts'
import { formatDate } from './date.ts'
import { failureIn, type Thread, type Timeline, type Visit } from './timeline.ts'
import { wordsText } from './words.ts'

/** Failed items that are shown where items are folded. */
const failedShown = 3

export interface LineOptions {
  readonly style: Style
  /** Shows each item of a Map instead of counting them. */
  readonly items?: boolean | undefined
  /** Until when a Wait waits, where that is known. Milliseconds since the epoch. */
  readonly waitsUntil?: ((visit: Visit) => number | undefined) | undefined
}

type Row = readonly Cell[]

/** A timeline for a person: a line a state, in the order in which they were entered, what is within them indented. */
export function timelineLines(timeline: Timeline, options: LineOptions): string[] {
  const { root } = timeline
  const rows = threadRows(root, 0, { ...options, began: root.startedAt })
  if (rows.length === 0) return [paint('dim', 'no state was entered', options.style)]
  return paintedTable([{ heading: '  state', share: 0.45 }, 'type', 'at', 'took', ''], rows, options.style)
}

interface Scene extends LineOptions {
  readonly began: number | undefined
}

function threadRows(thread: Thread, depth: number, scene: Scene): Row[] {
  return thread.visits.flatMap(visit => visitRows(visit, depth, scene))
}

function visitRows(visit: Visit, depth: number, scene: Scene): Row[] {
  const { name, type, status, enteredAt, leftAt } = visit
  const mark = marks[status]
  const row: Row = [
    painted(indented(depth, name, mark?.text), mark?.tone),
    type,
    since(scene.began, enteredAt),
    length(enteredAt, leftAt),
    painted(said(visit, scene), mark?.tone),
  ]
  return [
    row,
    ...visit.attempts.flatMap(({ threads, items }) => spreadRows(threads, items, depth + 1, scene)),
  ]
}

const marks = {
  running: { text: '…', tone: 'cyan' },
  succeeded: undefined,
  caught: { text: '!', tone: 'yellow' },
  failed: { text: '✗', tone: 'red' },
  aborted: { text: '-', tone: 'yellow' },
} as const

function said(visit: Visit, scene: Scene): string {
  const { status, attempts, enteredAt } = visit
  const retried = attempts.slice(0, -1).map(({ failure }) => failure?.error ?? 'failed')
  const many = retried.length === 1 ? '1 retry' : `${retried.length} retries`
  const words = retried.length === 0 ? [] : [`${many} (${counted(retried)})`]
  if (status === 'failed') words.push(wordsText('failed', failureIn(visit)))
  else if (status === 'caught') words.push(wordsText('caught', failureIn(visit)))
  else if (status === 'aborted') words.push('stopped')
  else if (status === 'running') words.push(runningText(visit, scene, enteredAt))
  return words.join('; ')
}

function runningText(visit: Visit, { waitsUntil }: Scene, enteredAt: number | undefined): string {
  const last = visit.attempts.at(-1)
  const until = waitsUntil?.(visit)
  if (until !== undefined) return `waits until ${formatDate(until)}`
  if (last?.failure !== undefined) return wordsText('will be retried, or caught, after', last.failure)
  const from = last?.startedAt ?? enteredAt
  return `${visit.type === 'Wait' ? 'waits' : 'running'}${from === undefined ? '' : ` since ${formatDate(from)}`}`
}

/** `A, 3 × B` */
function counted(texts: readonly string[]): string {
  return [...Map.groupBy(texts, text => text)]
    .map(([text, { length: many }]) => (many === 1 ? text : `${many} × ${text}`))
    .join(', ')
}

function spreadRows(
  threads: readonly Thread[],
  items: number | undefined,
  depth: number,
  scene: Scene,
): Row[] {
  const heading = (thread: Thread, what: string): Row => [
    { text: indented(depth, `${what} ${thread.index + 1}`), tone: 'dim' },
    '',
    since(scene.began, thread.startedAt),
    length(thread.startedAt, thread.stoppedAt),
    thread.failure === undefined ? '' : { text: wordsText('failed', thread.failure), tone: 'red' },
  ]
  const rowsOf = (thread: Thread, what: string) => [
    heading(thread, what),
    ...threadRows(thread, depth + 1, scene),
  ]
  if (items === undefined) return inOrder(threads).flatMap(thread => rowsOf(thread, 'branch'))
  if (threads.length === 0) return items === 0 ? [] : [folded(threads, items, depth)]
  if (scene.items) return inOrder(threads).flatMap(thread => rowsOf(thread, 'item'))
  const failed = inOrder(
    threads.filter(thread => thread.status === 'FAILED' || thread.status === 'TIMED_OUT'),
  )
  return [
    folded(threads, items, depth),
    ...failed.slice(0, failedShown).flatMap(thread => rowsOf(thread, 'item')),
    ...(failed.length > failedShown
      ? [[indented(depth, `${failed.length - failedShown} more failed; --items shows them`)]]
      : []),
  ]
}

function inOrder(threads: readonly Thread[]): readonly Thread[] {
  return threads.toSorted((a, b) => a.index - b.index)
}

/** `items: 1000 (998 ok, 2 failed)` */
function folded(threads: readonly Thread[], items: number, depth: number): Row {
  const counts = countThreads(threads, items)
  const parts = Object.entries(counts.by).map(([what, many]) => `${many} ${what}`)
  return [indented(depth, `items: ${counts.total} (${parts.join(', ')})`)]
}

/** What became of a Map's items. */
export function countThreads(
  threads: readonly Thread[],
  items: number,
): { readonly total: number; readonly by: Readonly<Record<string, number>> } {
  const total = Math.max(items, threads.length)
  const many = (...statuses: readonly Thread['status'][]) =>
    threads.filter(thread => statuses.includes(thread.status)).length
  const by = {
    ok: many('SUCCEEDED'),
    failed: many('FAILED', 'TIMED_OUT'),
    stopped: many('ABORTED'),
    running: many('RUNNING'),
    'not begun': total - threads.length,
  }
  return { total, by: Object.fromEntries(Object.entries(by).filter(([, count]) => count > 0)) }
}

function indented(depth: number, text: string, mark = ' '): string {
  return `${mark} ${'  '.repeat(depth)}${text}`
}

function painted(text: string, tone: Tone | undefined): Cell {
  return tone === undefined ? text : { text, tone }
}

function since(began: number | undefined, at: number | undefined): string {
  return began === undefined || at === undefined ? '-' : `+${formatMilliseconds(Math.max(0, at - began))}`
}

function length(from: number | undefined, to: number | undefined): string {
  return from === undefined || to === undefined ? '-' : formatMilliseconds(Math.max(0, to - from))
}
