import { setTimeout as sleep } from 'node:timers/promises'
import type { GetExecutionHistoryInput, HistoryEvent } from '@aws-sdk/client-sfn'
import { awsNameOf } from '../../core/aws-errors/explain.ts'
import { ReopsError } from '../../core/errors.ts'
import type { ExecutionEvent } from '../../core/runtime.ts'
import type { Aws } from './clients.ts'

/** Milliseconds between two looks: soon after something happened, and at most. */
const firstLook = 250
const lookEvery = 5_000

/** Milliseconds in which AWS may be out of reach while an execution is followed. */
const patience = 300_000

/** Events of one page: AWS's most, and as many as have probably come since the last look. */
const wholePage = 1_000
const newPage = 50

/** The events of an execution so far, in their order, page by page. */
export async function* historyOf(aws: Aws, id: string, signal?: AbortSignal): AsyncGenerator<ExecutionEvent> {
  for await (const page of pages(aws, { executionArn: id, maxResults: wholePage }, signal)) yield* page
}

/** The id of the last event; 0 where there is none yet. */
export async function lastEventOf(aws: Aws, id: string): Promise<number> {
  for await (const [last] of pages(aws, { executionArn: id, reverseOrder: true, maxResults: 1 }))
    return last?.id ?? 0
  return 0
}

export interface FollowOptions {
  readonly signal: AbortSignal
  /** Only what comes after the event of this id; an end before it, as of what was redriven, counts no more. */
  readonly after?: number
  /** Hears that AWS is out of reach, once each time. */
  readonly notice?: (text: string) => void
}

/**
 * The events of an execution until it has ended, or until `signal`. It is asked again soon after something came and less
 * often when nothing does. An execution that AWS does not know yet is waited for as one that is out of reach.
 */
export async function* followHistory(
  aws: Aws,
  id: string,
  { signal, after = 0, notice = () => {} }: FollowOptions,
): AsyncGenerator<ExecutionEvent> {
  let last = after
  let pause = firstLook
  let troubleSince: number | undefined
  while (!signal.aborted) {
    let news: readonly ExecutionEvent[] = []
    try {
      news = last === 0 ? await collect(historyOf(aws, id, signal)) : await newerThan(aws, id, last, signal)
      troubleSince = undefined
    } catch (error) {
      if (signal.aborted) return
      const now = Date.now()
      if (!passes(error) || now - (troubleSince ?? now) > patience) throw error
      if (troubleSince === undefined && awsNameOf(error) !== 'ExecutionDoesNotExist')
        notice(`${(error as Error).message}; it is asked for again, and the execution goes on meanwhile`)
      troubleSince ??= now
    }
    for (const event of news) {
      last = event.id
      yield event
      if (isEnd(event)) return
    }
    pause = news.length > 0 ? firstLook : Math.min(lookEvery, pause * 1.5)
    await sleep(pause * (0.8 + Math.random() * 0.4), undefined, { signal }).catch(() => {})
  }
}

/** Read from its end backwards, so that a long history costs no more than what is new of it. */
async function newerThan(
  aws: Aws,
  id: string,
  last: number,
  signal: AbortSignal,
): Promise<readonly ExecutionEvent[]> {
  const newer: ExecutionEvent[] = []
  const input = { executionArn: id, reverseOrder: true, maxResults: newPage }
  for await (const page of pages(aws, input, signal)) {
    for (const event of page) {
      if (event.id <= last) return newer.reverse()
      newer.push(event)
    }
  }
  return newer.reverse()
}

async function* pages(
  aws: Aws,
  input: GetExecutionHistoryInput,
  signal?: AbortSignal,
): AsyncGenerator<readonly ExecutionEvent[]> {
  let nextToken: string | undefined
  do {
    const asked = { ...input, ...(nextToken === undefined ? {} : { nextToken }) }
    const page = await aws.ask('states', 'states:GetExecutionHistory', client =>
      client.getExecutionHistory(asked, signal === undefined ? {} : { abortSignal: signal }),
    )
    yield (page.events ?? []).map(eventOf)
    nextToken = page.nextToken
  } while (nextToken !== undefined)
}

/** In the shape that our own history has, which is that of AWS's JSON. */
function eventOf({
  id = 0,
  previousEventId = 0,
  timestamp,
  type = 'PassStateEntered',
  ...details
}: HistoryEvent) {
  return { id, previousEventId, timestamp: timestamp?.toISOString() ?? '', type, ...details }
}

/** Whether an event says that its execution ended. */
export function isEnd({ type }: Pick<ExecutionEvent, 'type'>): boolean {
  return /^Execution(?:Succeeded|Failed|TimedOut|Aborted)$/.test(type)
}

/** Whether asking again may help. */
function passes(error: unknown): boolean {
  return (error instanceof ReopsError && error.retryable) || awsNameOf(error) === 'ExecutionDoesNotExist'
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}
