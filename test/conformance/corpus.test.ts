import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import type { ExecutionResult } from '../../src/executor/index.ts'
import { differs } from './compare.ts'
import { type Case, type RecordedEvent, readCorpus, shortKey } from './corpus.ts'
import { type Replayed, replay } from './replay.ts'
import { Report } from './report.ts'

const corpus = readCorpus()
const report = new Report()

describe('what AWS recorded', () => {
  if (corpus === undefined) {
    test.skip('the corpus is absent: ../shared/asl-corpus is not beside this checkout, so nothing was compared', () => {})
    return
  }

  test.each(corpus.map(one => [shortKey(one.key), one] as const))('%s', async (key, one) => {
    const ours = await replay(one)
    const misses = missesOf(one, ours)
    report.add(key, one.definition, misses)
    expect(misses).toEqual([])
    expect(order(ours.events)).toEqual(recordedOrder(one, ours))
  })

  afterAll(() => {
    const folder = fileURLToPath(new URL('../.reports/', import.meta.url))
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}conformance.json`, `${JSON.stringify(report.summary(), null, 2)}\n`)
  })
})

function missesOf({ recorded }: Case, { result, events }: Replayed): string[] {
  const end = recorded.events.at(-1)!
  return [
    statusMiss(end, result),
    endMiss(end, result),
    differs(entered(recorded.events), entered(events as unknown as RecordedEvent[]), 'entered'),
  ].filter(miss => miss !== undefined)
}

/** The whole history: ids, what follows what, and types. Where AWS's order is not known, ours is taken. */
function recordedOrder({ recorded }: Case, { events }: Replayed): string[] {
  const known = recorded.events.every(({ id }) => typeof id === 'number')
  return order(known ? recorded.events : events)
}

function order(events: readonly { id: unknown; previousEventId: number; type: string }[]): string[] {
  return events.map(({ id, previousEventId, type }) => `${id} after ${previousEventId}: ${type}`)
}

const statuses: Readonly<Record<string, ExecutionResult['status']>> = {
  ExecutionSucceeded: 'SUCCEEDED',
  ExecutionFailed: 'FAILED',
  ExecutionTimedOut: 'TIMED_OUT',
  ExecutionAborted: 'ABORTED',
}

function statusMiss(end: RecordedEvent, result: ExecutionResult): string | undefined {
  return differs(statuses[end.type], result.status, 'status')
}

function endMiss(end: RecordedEvent, result: ExecutionResult): string | undefined {
  if (result.status === 'SUCCEEDED')
    return differs(end.executionSucceededEventDetails?.output, result.output, 'output')
  const { error, cause } = end.executionFailedEventDetails ?? {}
  return differs({ error, cause }, { error: result.error, cause: result.cause }, 'failure')
}

function entered(events: readonly RecordedEvent[]): string[] {
  return events
    .filter(({ type }) => type.endsWith('StateEntered'))
    .map(({ type, stateEnteredEventDetails: { name } }) => `${type} ${name}`)
}
