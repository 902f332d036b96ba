import { jsonReply, WireError, type WireService } from './wire.ts'

export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly message: string
}

export interface LogsFake extends WireService {
  /** Writes lines to a group, which is made where it is not there. */
  write(group: string, ...events: readonly LogEvent[]): void
}

export interface LogsOptions {
  /** Events and groups of one page at most, whatever is asked for. */
  readonly pageSize?: number
  /** Lets every other page be empty and have a token, as the service may where little matches. */
  readonly emptyPages?: boolean
}

/** CloudWatch Logs as its readers meet it: groups by prefix, events by time and by a text in quotes. */
export function logsService({ pageSize = 10_000, emptyPages = false }: LogsOptions = {}): LogsFake {
  const groups = new Map<string, (LogEvent & { readonly eventId: string })[]>()
  let count = 0

  const page = <T>(all: readonly T[], most: number, token: string | undefined) => {
    const [from = 0, empty = 0] = (token ?? '0.0').split('.').map(Number)
    if (!Number.isInteger(from))
      throw new WireError('InvalidParameterException', 'The specified nextToken is invalid.')
    if (emptyPages && empty === 0) return { items: [], next: { nextToken: `${from}.1` } }
    const to = from + Math.min(pageSize, most)
    return { items: all.slice(from, to), next: to < all.length ? { nextToken: `${to}.0` } : {} }
  }

  return {
    name: 'logs',
    protocol: 'json',
    write(group, ...events) {
      const known = groups.get(group) ?? []
      groups.set(group, [
        ...known,
        ...events.map(event => ({ ...event, eventId: String(++count).padStart(56, '0') })),
      ])
    },
    handle({ action, json }) {
      if (action === 'DescribeLogGroups') {
        const found = [...groups.keys()].filter(name => name.startsWith(json.logGroupNamePrefix ?? '')).sort()
        const { items, next } = page(found, json.limit ?? 50, json.nextToken)
        return jsonReply({ logGroups: items.map(logGroupName => ({ logGroupName })), ...next })
      }
      if (action === 'FilterLogEvents') {
        const events = groups.get(json.logGroupName)
        if (events === undefined)
          throw new WireError('ResourceNotFoundException', 'The specified log group does not exist.')
        const term = /^"(.*)"$/.exec(json.filterPattern ?? '')?.[1] ?? ''
        const { startTime = 0, endTime = Number.POSITIVE_INFINITY } = json
        const found = events
          .filter(({ timestamp }) => timestamp >= startTime && timestamp < endTime)
          .filter(({ message }) => message.includes(term))
          .sort((a, b) => a.timestamp - b.timestamp)
        const { items, next } = page(found, json.limit ?? 10_000, json.nextToken)
        const stream = { logStreamName: '2026/01/01/[$LATEST]0', ingestionTime: 0 }
        return jsonReply({ events: items.map(one => ({ ...stream, ...one })), ...next })
      }
      throw new WireError('UnknownOperationException', action)
    },
  }
}
