import { buildTimeline, type TimelineOptions } from '../../../src/cli/history/build.ts'
import { fromEvent, fromJournal } from '../../../src/cli/history/entry.ts'
import { type LineOptions, timelineLines } from '../../../src/cli/history/lines.ts'
import type { Timeline } from '../../../src/cli/history/timeline.ts'
import type { JournalEntry } from '../../../src/core/executions.ts'
import { type ExecuteOptions, TaskError } from '../../../src/executor/index.ts'
import { plainStyle } from '../../../src/operations/output/format/index.ts'
import { start } from '../../executor/harness.ts'

export type States = Readonly<Record<string, object>>

/** What an execution of these states journals. */
export async function journalOf(
  states: States,
  options: Partial<ExecuteOptions> = {},
): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  const journal = { append: (entry: JournalEntry) => void entries.push(entry), flush: async () => {} }
  await start(states, { ...options, journal }).execution.result()
  return entries
}

/** The timeline that our scopes give, and the one that AWS's chains of events give. */
export function timelinesOf(
  entries: readonly JournalEntry[],
  options?: TimelineOptions,
): readonly (readonly ['scopes' | 'chains', Timeline])[] {
  const own = entries.filter(entry => entry.execution === entries[0]?.execution)
  return [
    ['scopes', buildTimeline(entries.map(fromJournal), options)],
    [
      'chains',
      buildTimeline(
        own.map(({ event }) => fromEvent(event, event.id)),
        options,
      ),
    ],
  ]
}

/** The timeline that our scopes give. */
export function ownTimeline(entries: readonly JournalEntry[]): Timeline {
  return buildTimeline(entries.map(fromJournal))
}

/** Lines without times, and without the blanks that make columns. */
export function shown(timeline: Timeline, options: Partial<LineOptions> = {}): string[] {
  return timelineLines(timeline, { style: plainStyle, ...options }).map(line =>
    line
      .replaceAll(/\+?\d[\d.]* (?:ms|s)\b|\d min \d+ s/g, '')
      .replace(
        /^(.\s+)(.*)$/,
        (_line, start: string, rest: string) => start + rest.replaceAll(/ +/g, ' ').trimEnd(),
      ),
  )
}

/** Answers Tasks by their states: what a function gives or throws. */
export function answering(
  answers: Readonly<Record<string, (count: number, input: any) => unknown>>,
): NonNullable<ExecuteOptions['invoke']> {
  const counts = new Map<string, number>()
  return ({ context, arguments: input }) => {
    const { Name } = context.State
    const count = counts.get(Name) ?? 0
    counts.set(Name, count + 1)
    return answers[Name]?.(count, input) ?? null
  }
}

export function fails(error: string, cause = 'it did'): never {
  throw new TaskError(error, cause)
}
