import type { Json } from '../core/json.ts'

/**
 * One event of an execution, in the shape of AWS's GetExecutionHistory. Data stands in it as JSON text, and
 * `timestamp` is ISO 8601. Its details are under a key named after its type, such as `taskFailedEventDetails`.
 */
export interface HistoryEvent {
  readonly id: number
  readonly previousEventId: number
  readonly timestamp: string
  readonly type: string
  readonly [details: `${string}EventDetails`]: Details
}

export interface Details {
  readonly [key: string]: Json | undefined
}

/**
 * Which execution an event belongs to, and which of its threads: `''` is the machine's own, `/Ping[3]` the
 * fourth iteration of the Map Ping, `/Both{1}` the second branch of the Parallel Both. Within a scope events
 * are in order; between scopes the order is that of time.
 */
export interface EventSource {
  readonly execution: string
  readonly scope: string
}

export type EventListener = (event: HistoryEvent, source: EventSource) => void
