import { randomUUID } from 'node:crypto'
import { jsonReply, type WireCall, WireError, type WireReply, type WireService } from './wire.ts'

/** An event as its bus took it. */
export interface TakenEvent {
  readonly bus: string
  readonly source: string
  readonly detailType: string
  /** Parsed. */
  readonly detail: any
}

/** Why one entry of a call is not taken: an `ErrorCode` of PutEventsResultEntry. */
export type EntryError =
  | 'InternalFailure'
  | 'ThrottlingException'
  | 'AccessDeniedException'
  | 'NotAuthorizedForSourceException'

export interface EventsFake extends WireService {
  /** What arrived at buses that are there, in its order. */
  readonly events: readonly TakenEvent[]
  /** Names of the buses that there are. */
  readonly buses: Set<string>
  /** Milliseconds by which its clock is ahead of this machine's. */
  skewMs: number
  /** What happens to the next entries, whatever call brings them; `undefined` lets one pass. */
  nextEntries(...errors: readonly (EntryError | undefined)[]): void
}

/** Entries of a call, and bytes of all of them together. */
const mostEntries = 10
const mostBytes = 1024 * 1024

/**
 * EventBridge, as far as events are put: what a call may have, entries that fail by themselves, and a bus that is not there,
 * whose events are taken and gone (API reference of PutEvents and the guide's page of it).
 */
export function eventsService(...names: readonly string[]): EventsFake {
  const events: TakenEvent[] = []
  const buses = new Set(names)
  const planned: (EntryError | undefined)[] = []

  const put = (entry: Readonly<Record<string, unknown>>) => {
    const error = planned.shift()
    if (error !== undefined) return refusal(error, `${error} of a fake`)
    const { Source, DetailType, Detail, EventBusName = 'default' } = entry
    if (typeof Source !== 'string' || Source === '')
      return refusal('InvalidArgument', 'Parameter Source is not valid.')
    if (Source.startsWith('aws.'))
      return refusal('NotAuthorizedForSourceException', 'Not authorized for the source.')
    if (typeof DetailType !== 'string' || DetailType === '')
      return refusal('InvalidArgument', 'Parameter DetailType is not valid.')
    const detail = objectIn(Detail)
    if (detail === undefined) return refusal('MalformedDetail', 'Detail is malformed.')
    const bus = String(EventBusName)
    // EventBridge finds no rule at a bus that is not there, and says nothing of it.
    if (buses.has(bus)) events.push({ bus, source: Source, detailType: DetailType, detail })
    return { EventId: randomUUID() }
  }

  const putEvents = ({ Entries }: { readonly Entries?: readonly Record<string, unknown>[] }): WireReply => {
    if (!Array.isArray(Entries) || Entries.length < 1 || Entries.length > mostEntries)
      throw new WireError(
        'ValidationException',
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length less than or equal to ${mostEntries} and greater than or equal to 1`,
      )
    if (Entries.reduce((sum, entry) => sum + bytesOf(entry), 0) >= mostBytes)
      throw new WireError(
        'ValidationException',
        'Total size of the entries in the request is over the limit.',
      )
    const answers = Entries.map(put)
    return jsonReply({
      FailedEntryCount: answers.filter(answer => 'ErrorCode' in answer).length,
      Entries: answers,
    })
  }

  const fake: EventsFake = {
    name: 'events',
    protocol: 'json',
    events,
    buses,
    skewMs: 0,
    nextEntries: (...errors) => void planned.push(...errors),
    handle({ action, json, region }: WireCall) {
      if (action === 'PutEvents') {
        const reply = putEvents(json)
        const date = new Date(Date.now() + fake.skewMs).toUTCString()
        return { ...reply, headers: { ...reply.headers, date } }
      }
      if (action !== 'DescribeEventBus') throw new WireError('UnknownOperationException', action)
      const name = json.Name ?? 'default'
      if (!buses.has(name))
        throw new WireError('ResourceNotFoundException', `Event bus ${name} does not exist.`)
      return jsonReply({ Name: name, Arn: `arn:aws:events:${region}:123456789012:event-bus/${name}` })
    },
  }
  return fake
}

function refusal(ErrorCode: string, ErrorMessage: string) {
  return { ErrorCode, ErrorMessage }
}

/** A detail is the text of a JSON object. */
function objectIn(text: unknown): object | undefined {
  try {
    const value: unknown = JSON.parse(String(text))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** As the guide has it: 14 bytes for a time, and what the texts have. */
function bytesOf({ Time, Source, DetailType, Detail, Resources }: Readonly<Record<string, unknown>>): number {
  const texts = [Source, DetailType, Detail, ...(Array.isArray(Resources) ? Resources : [])]
  return (
    (Time === undefined ? 0 : 14) +
    texts.reduce((sum: number, text) => sum + Buffer.byteLength(String(text ?? '')), 0)
  )
}
