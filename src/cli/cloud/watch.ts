import { isHosts } from '../../core/hosts.ts'
import type { Json } from '../../core/json.ts'
import { isRecord } from '../../core/json.ts'
import { isOutcome } from '../../core/outcome.ts'
import type { ExecutionEvent } from '../../core/runtime.ts'
import { type SpillStore, unspill } from '../../core/spill.ts'
import { outcomesIn } from '../../operations/output/format/summary.ts'
import { TimelineBuilder } from '../history/build.ts'
import { dataOf, fromEvent, type HistoryEntry } from '../history/entry.ts'
import type { LiveLine } from '../live/live-line.ts'
import type { Printer } from '../session/printer.ts'

/** States that take no time that anybody would see. */
const instant = new Set(['Pass', 'Choice', 'Succeed', 'Fail'])

/** What a Task hands to its function. */
interface Payload {
  readonly operation?: unknown
  readonly args?: unknown
  readonly data?: unknown
}

/**
 * Tells by the events of a history what a local run tells by itself: which state is at work on which hosts, and what its
 * output operations publish. A history says what became of hosts only when their state is over.
 */
export function watchEvents(
  line: LiveLine,
  printer: Printer,
  store: SpillStore,
): (event: ExecutionEvent) => Promise<void> {
  const builder = new TimelineBuilder()
  const payloads = new Map<string, Payload>()

  const end = (step: string, { details, type }: HistoryEntry) => {
    const answer = type.endsWith('StateExited') ? dataOf(details, 'output') : undefined
    const codes = new Map(
      outcomesIn(answer).flatMap(({ failure }) => failure.map(({ host, code }) => [host, code] as const)),
    )
    for (const host of hostsOf(payloads.get(step)))
      line.add({ kind: 'host-ended', step, host, ms: 0, code: codes.get(host) })
    payloads.delete(step)
    line.tally.leave(step)
  }

  return async event => {
    const entry = fromEvent(event, event.id)
    const visit = builder.add(entry)
    if (visit === undefined) return
    const { type, details } = entry
    const step = visit.name
    if (type.endsWith('StateEntered') && !instant.has(visit.type)) line.tally.enter(step, performance.now())
    else if (type === 'TaskScheduled') {
      const payload = payloadOf(details)
      payloads.set(step, payload)
      const hosts = hostsOf(payload)
      if (hosts.length > 0) line.add({ kind: 'hosts', step, hosts })
      for (const host of hosts) line.add({ kind: 'host-started', step, host })
    } else if (type === 'TaskSucceeded') await publish(step, payloads.get(step), printer, store)
    else if (type.endsWith('StateExited')) end(step, entry)
    else if (type.endsWith('StateAborted')) line.tally.leave(step)
  }
}

/** What `pretty` publishes goes to a log there; who runs it wants it here. */
async function publish(
  step: string,
  payload: Payload | undefined,
  printer: Printer,
  store: SpillStore,
): Promise<void> {
  if (payload?.operation !== 'pretty') return
  const title = isRecord(payload.args) ? payload.args.title : undefined
  const data = await unspill((payload.data ?? null) as Json, store)
  await printer.publish({ step: typeof title === 'string' ? title : step, format: 'pretty' }, data)
}

function payloadOf(details: HistoryEntry['details']): Payload {
  const parameters = dataOf(details, 'parameters')
  const payload = isRecord(parameters) ? parameters.Payload : undefined
  return isRecord(payload) ? payload : {}
}

/** The hosts that a state works on, as far as its input names them. */
function hostsOf(payload: Payload | undefined): readonly string[] {
  const { data } = payload ?? {}
  if (isHosts(data)) return data.hosts.map(({ name }) => name)
  return isOutcome(data) && isHosts(data.on) ? data.on.hosts.map(({ name }) => name) : []
}
