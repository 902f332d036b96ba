import { maxList } from '../xdr/limits.ts'
import {
  type AnyShape,
  int,
  maybe,
  type OutOf,
  type Shape,
  type StructOut,
  struct,
  text,
} from '../xdr/shapes.ts'
import { typedParameters } from '../xdr/typed-parameters.ts'
import { domain } from './references.ts'

/** What happened to a domain, in the order of the numbers, with the ways in which it can. */
const happenings = {
  defined: ['added', 'updated', 'renamed', 'from-snapshot'],
  undefined: ['removed', 'renamed'],
  started: ['booted', 'migrated', 'restored', 'from-snapshot', 'wakeup'],
  suspended: [
    'paused',
    'migrated',
    'io-error',
    'watchdog',
    'restored',
    'from-snapshot',
    'api-error',
    'postcopy',
    'postcopy-failed',
  ],
  resumed: ['unpaused', 'migrated', 'from-snapshot', 'postcopy', 'postcopy-failed'],
  stopped: ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot'],
  shutdown: ['finished', 'guest', 'host'],
  pmsuspended: ['memory', 'disk'],
  crashed: ['panicked', 'crashloaded'],
} as const

export type Happening = keyof typeof happenings
const happeningNames = Object.keys(happenings) as Happening[]

/** Lifecycle in words. A number that a later libvirt has added is shown as it is. */
const lifecycle: Shape<{ readonly happened: Happening | 'unknown'; readonly detail: string }> = {
  write(to, { happened, detail }) {
    const details: readonly string[] = happened === 'unknown' ? [] : happenings[happened]
    to.int(happened === 'unknown' ? -1 : happeningNames.indexOf(happened))
    to.int(details.indexOf(detail))
  },
  read(from) {
    const happened = happeningNames[from.int()] ?? 'unknown'
    const detail = from.int()
    const details: readonly string[] = happened === 'unknown' ? [] : happenings[happened]
    return { happened, detail: details[detail] ?? String(detail) }
  },
}

/** One kind of event: the id by which it is subscribed to, the procedure as which it comes, what it says. */
interface EventEntry<S extends AnyShape = AnyShape> {
  readonly id: number
  readonly number: number
  readonly shape: S
}

function event<const F extends Readonly<Record<string, AnyShape>>>(
  id: number,
  number: number,
  fields: F,
): EventEntry<Shape<StructOut<{ readonly callbackId: typeof int; readonly domain: typeof domain } & F>>> {
  const shape = struct({ callbackId: int, domain, ...fields })
  // Only what is answered matters: a client sends no events, and a test writes them as they are answered.
  return { id, number, shape: shape as AnyShape }
}

/** The events of domains that can be subscribed to. Every body begins with the callback's id and the domain. */
export const events = {
  lifecycle: event(0, 318, { what: lifecycle }),
  reboot: event(1, 319, {}),
  ioError: event(6, 324, { source: text, device: text, action: int, reason: text }),
  controlError: event(7, 325, {}),
  deviceRemoved: event(15, 333, { device: text }),
  blockJob: event(16, 339, { disk: text, type: int, status: int }),
  agentLifecycle: event(18, 348, { state: int, reason: int }),
  deviceAdded: event(19, 354, { device: text }),
  jobCompleted: event(21, 363, { parameters: typedParameters(maxList.jobStats) }),
  deviceRemovalFailed: event(22, 367, { device: text }),
  metadataChange: event(23, 379, { type: int, uri: maybe(text) }),
} as const

export type EventKind = keyof typeof events

/** An event as it is delivered: its kind, the domain, and what the kind says. */
export type DomainEvent<K extends EventKind = EventKind> = {
  [Kind in K]: { readonly kind: Kind } & Omit<OutOf<(typeof events)[Kind]['shape']>, 'callbackId'>
}[K]

/** Which kind of event comes as a procedure. */
export const eventByNumber: ReadonlyMap<number, EventKind> = new Map(
  (Object.keys(events) as EventKind[]).map(kind => [events[kind].number, kind]),
)
