import { setTimeout as sleep } from 'node:timers/promises'
import type { FilteredLogEvent } from '@aws-sdk/client-cloudwatch-logs'
import { ReopsError } from '../../core/errors.ts'
import type { Aws } from './clients.ts'

/** A line of a log. `at` is milliseconds since the epoch. */
export interface LogLine {
  readonly at: number
  /** Whose log it is: a function's capability, or `states` for the state machines' own. */
  readonly of: string
  readonly text: string
}

export interface LogGroup {
  readonly name: string
  readonly of: string
}

/** Lines that are asked for at once, and pages that are read of one group at one look. */
const pageLines = 1_000
const mostPages = 1_000

/** Milliseconds between two looks: soon after a line, and at most. */
const firstLook = 500
const lookEvery = 5_000

/** Milliseconds by which a line may come later than one that was written after it. */
const lateness = 15_000

/** Milliseconds in which AWS may be out of reach while logs are followed. */
const patience = 300_000

/** The groups that the stack's functions and state machines write to. */
export async function logGroupsOf(aws: Aws): Promise<readonly LogGroup[]> {
  const { stack } = aws.settings
  const functions = await groupsBelow(aws, `/aws/lambda/${stack}-`)
  const states = await groupsBelow(aws, `/aws/vendedlogs/states/${stack}`)
  return [
    ...functions.map(name => ({ name, of: name.slice(`/aws/lambda/${stack}-`.length) })),
    ...states
      .filter(name => name === `/aws/vendedlogs/states/${stack}`)
      .map(name => ({ name, of: 'states' })),
  ]
}

async function groupsBelow(aws: Aws, prefix: string): Promise<string[]> {
  const names: string[] = []
  let nextToken: string | undefined
  do {
    const page = await aws.ask('logs', 'logs:DescribeLogGroups', client =>
      client.describeLogGroups({
        logGroupNamePrefix: prefix,
        ...(nextToken === undefined ? {} : { nextToken }),
      }),
    )
    names.push(...(page.logGroups ?? []).flatMap(({ logGroupName }) => logGroupName ?? []))
    nextToken = page.nextToken
  } while (nextToken !== undefined)
  return names
}

export interface LogQuery {
  readonly groups: readonly LogGroup[]
  /** Milliseconds since the epoch. */
  readonly since: number
  /** Only lines that hold this text. */
  readonly holding?: string | undefined
  readonly signal: AbortSignal
}

/** The lines of all groups in the order of their times, as far as they are written. */
export async function readLogs(aws: Aws, query: LogQuery): Promise<readonly LogLine[]> {
  return inOrder(await look(aws, query)).map(({ line }) => line)
}

/**
 * The lines of all groups, and what is written from then on, until `signal`. A line that comes late stands where it came;
 * none is told twice.
 */
export async function* followLogs(aws: Aws, query: LogQuery): AsyncGenerator<LogLine> {
  const { signal } = query
  /** Lines that were told, by their ids, as long as the next look may find them again. */
  const told = new Map<string, number>()
  let since = query.since
  let pause = firstLook
  let troubleSince: number | undefined
  while (!signal.aborted) {
    let news: readonly Found[] = []
    try {
      news = inOrder(await look(aws, { ...query, since })).filter(({ id }) => !told.has(id))
      troubleSince = undefined
    } catch (error) {
      if (signal.aborted) return
      const now = Date.now()
      const passes = error instanceof ReopsError && error.retryable
      if (!passes || now - (troubleSince ?? now) > patience) throw error
      troubleSince ??= now
    }
    for (const { id, line } of news) {
      told.set(id, line.at)
      yield line
    }
    const newest = Math.max(since + lateness, ...news.map(({ line }) => line.at))
    since = newest - lateness
    for (const [id, at] of told) if (at < since) told.delete(id)
    pause = news.length > 0 ? firstLook : Math.min(lookEvery, pause * 1.5)
    await sleep(pause * (0.8 + Math.random() * 0.4), undefined, { signal }).catch(() => {})
  }
}

interface Found {
  readonly id: string
  readonly line: LogLine
}

async function look(aws: Aws, { groups, since, holding, signal }: LogQuery): Promise<Found[]> {
  const found: Found[] = []
  for (const group of groups) {
    let nextToken: string | undefined
    for (let page = 0; page < mostPages; page++) {
      const asked = {
        logGroupName: group.name,
        startTime: Math.max(0, Math.floor(since)),
        limit: pageLines,
        ...(holding === undefined ? {} : { filterPattern: `"${holding.replace(/["\\]/g, '')}"` }),
        ...(nextToken === undefined ? {} : { nextToken }),
      }
      const answer = await aws.ask('logs', 'logs:FilterLogEvents', client =>
        client.filterLogEvents(asked, { abortSignal: signal }),
      )
      // A page may be empty and have more behind it.
      for (const event of answer.events ?? []) found.push(foundOf(event, group))
      nextToken = answer.nextToken
      if (nextToken === undefined) break
    }
  }
  return found
}

function foundOf({ eventId, timestamp = 0, message = '' }: FilteredLogEvent, { name, of }: LogGroup): Found {
  const line = { at: timestamp, of, text: message.replace(/\r?\n$/, '') }
  return { id: eventId ?? `${name}\n${timestamp}\n${message}`, line }
}

function inOrder(found: readonly Found[]): readonly Found[] {
  return found.toSorted((a, b) => a.line.at - b.line.at)
}
