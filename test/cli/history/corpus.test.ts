import { describe, expect, test } from 'vitest'
import { readFetched } from '../../../src/cli/history/aws.ts'
import { buildTimeline } from '../../../src/cli/history/build.ts'
import { timelineLines } from '../../../src/cli/history/lines.ts'
import type { Thread } from '../../../src/cli/history/timeline.ts'
import { plainStyle } from '../../../src/operations/output/format/index.ts'
import { readCorpus, shortKey } from '../../conformance/corpus.ts'
import { leaveOut } from '../../support/needs.ts'

const corpus = readCorpus()

/** States by when they were entered, which for threads one after the other is the order of the tree. */
function namesIn(thread: Thread): string[] {
  return thread.visits.flatMap(({ name, attempts }) => [
    name,
    ...attempts.flatMap(({ threads }) => threads.flatMap(namesIn)),
  ])
}

const needed = corpus === undefined ? leaveOut('../shared/asl-corpus is not beside this checkout') : {}

describe('a history that AWS recorded', needed, () => {
  test.each((corpus ?? []).map(one => [shortKey(one.key), one] as const))('%s', (_key, { recorded }) => {
    const { entries } = readFetched(JSON.stringify(recorded), 'the recording')
    const timeline = buildTimeline(entries, { keep: () => true })

    const entered = recorded.events.flatMap(event => event.stateEnteredEventDetails?.name ?? [])
    expect(namesIn(timeline.root)).toEqual(entered)
    const [, ended] = /^Execution(\w+)$/.exec(recorded.events.at(-1)!.type)!
    expect(timeline.root.status).toBe(ended!.toUpperCase())

    const lines = timelineLines(timeline, { style: plainStyle, items: true })
    for (const name of new Set(entered)) expect(lines.join('\n')).toContain(name)
    if (ended === 'Failed') expect(lines.filter(line => line.startsWith('✗')).length).toBeGreaterThan(0)
  })
})
