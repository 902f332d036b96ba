import { describe, expect, test } from 'vitest'
import type { ExecuteOptions } from '../../../src/executor/index.ts'
import { task } from '../../executor/harness.ts'
import { answering, fails, journalOf, ownTimeline, type States, shown, timelinesOf } from './told.ts'

const pass = (more: object) => ({ Type: 'Pass', ...more })
const always = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 2 }]

/** Both ways to read a history have to tell the same. */
async function told(states: States, options: Partial<ExecuteOptions> = {}, items = false): Promise<string[]> {
  const [scopes, chains] = timelinesOf(await journalOf(states, options)).map(([, timeline]) =>
    shown(timeline, { items }),
  )
  expect(chains).toEqual(scopes)
  return scopes!.slice(1)
}

describe('a timeline', () => {
  test('has a line a state, in order', async () => {
    expect(await told({ A: pass({ Next: 'B' }), B: task() })).toEqual(['  A Pass', '  B Task'])
  })

  test('says what a state was tried again for', async () => {
    const invoke = answering({ A: count => (count < 2 ? fails(count === 0 ? 'Busy' : 'Shy') : 1) })
    expect(await told({ A: task({ Retry: always }) }, { invoke })).toEqual(['  A Task 2 retries (Busy, Shy)'])
  })

  test('marks a failed state with its error and the first line of its cause', async () => {
    const invoke = answering({ A: () => fails('Broken', 'no disk\n    at here') })
    expect(await told({ A: task({ Retry: always }) }, { invoke })).toEqual([
      '✗ A Task 2 retries (2 × Broken); failed: Broken: no disk',
    ])
  })

  test('takes the sentence out of the JSON that a function fails with', async () => {
    const cause = JSON.stringify({ errorType: 'RangeError', errorMessage: 'too far', trace: [] })
    const invoke = answering({ A: () => fails('RangeError', cause) })
    expect(await told({ A: task() }, { invoke })).toEqual(['✗ A Task failed: RangeError: too far'])
  })

  test('marks a state whose failure a Catch took, and goes on', async () => {
    const states = {
      A: task({ End: undefined, Next: 'C', Catch: [{ ErrorEquals: ['States.ALL'], Next: 'B' }] }),
      B: pass({ End: true }),
      C: pass({ End: true }),
    }
    expect(await told(states, { invoke: answering({ A: () => fails('Broken') }) })).toEqual([
      '! A Task caught: Broken: it did',
      '  B Pass',
    ])
  })

  test('gives a Fail state its own words', async () => {
    expect(await told({ No: { Type: 'Fail', Error: 'Closed', Cause: 'on Sundays' } })).toEqual([
      '✗ No Fail failed: Closed: on Sundays',
    ])
  })

  test('says which expression failed', async () => {
    const [line] = await told({ A: pass({ Output: '{% $nothing %}', End: true }) })
    expect(line).toMatch(/^✗ A Pass failed: States.QueryEvaluationError: /)
  })

  test('indents branches, and tells the one that failed from those that were stopped', async () => {
    const branch = (...names: string[]) => ({
      StartAt: names[0],
      States: Object.fromEntries(
        names.map((name, at) => [
          name,
          task(at + 1 < names.length ? { End: undefined, Next: names[at + 1] } : {}),
        ]),
      ),
    })
    const states = {
      Both: { Type: 'Parallel', Branches: [branch('A', 'B'), branch('C')], Next: 'D' },
      D: pass({ End: true }),
    }
    expect(await told(states)).toEqual([
      '  Both Parallel',
      '    branch 1',
      '      A Task',
      '      B Task',
      '    branch 2',
      '      C Task',
      '  D Pass',
    ])
    const slow = () =>
      new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('late')), 50))
    const invoke = answering({ A: () => slow(), C: () => fails('Broken') })
    const lines = await told(states, { invoke })
    expect(lines[0]).toBe('✗ Both Parallel failed: Broken: it did')
    expect(lines).toContain('✗     C Task failed: Broken: it did')
    expect(lines.join('\n')).not.toContain('  D Pass')
  })

  test('tells the attempts of a Parallel apart', async () => {
    const states = {
      Both: {
        Type: 'Parallel',
        Branches: [{ StartAt: 'A', States: { A: task() } }],
        Retry: always,
        End: true,
      },
    }
    const invoke = answering({ A: count => (count === 0 ? fails('Busy') : 1) })
    expect(await told(states, { invoke })).toEqual([
      '  Both Parallel 1 retry (Busy)',
      '    branch 1',
      '✗     A Task failed: Busy: it did',
      '    branch 1',
      '      A Task',
    ])
  })

  describe('of a Map', () => {
    const each = (more: object = {}, items = '{% [1..5] %}') => ({
      Each: {
        Type: 'Map',
        Items: items,
        ItemProcessor: { StartAt: 'One', States: { One: task() } },
        MaxConcurrency: 1,
        End: true,
        ...more,
      },
    })

    test('folds its items', async () => {
      expect(await told(each())).toEqual(['  Each Map', '    items: 5 (5 ok)'])
    })

    test('shows each of them when it is asked to', async () => {
      const lines = await told(each({}, '{% [1, 2] %}'), {}, true)
      expect(lines).toEqual(['  Each Map', '    item 1', '      One Task', '    item 2', '      One Task'])
    })

    test('shows the item that failed, and counts those that did not begin', async () => {
      const invoke = answering({ One: (_count, input) => (input === 3 ? fails('Broken') : input) })
      expect(await told(each(), { invoke })).toEqual([
        '✗ Each Map failed: Broken: it did',
        '    items: 5 (2 ok, 1 failed, 2 not begun)',
        '    item 3',
        '✗     One Task failed: Broken: it did',
      ])
    })

    test('within a Map nests', async () => {
      const inner = each({}, '{% [1, 2] %}').Each
      const states = each(
        { ItemProcessor: { StartAt: 'Inner', States: { Inner: inner, After: pass({ End: true }) } } },
        '{% [1, 2] %}',
      )
      Object.assign(inner, { End: undefined, Next: 'After' })
      expect(await told(states, {}, true)).toEqual([
        '  Each Map',
        ...[1, 2].flatMap(item => [
          `    item ${item}`,
          '      Inner Map',
          '        item 1',
          '          One Task',
          '        item 2',
          '          One Task',
          '      After Pass',
        ]),
      ])
    })

    test('that is DISTRIBUTED has its children of the journal', async () => {
      const states = each({
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'One',
          States: { One: task() },
        },
        ToleratedFailureCount: 5,
      })
      const invoke = answering({ One: (_count, input) => (input > 3 ? fails('Broken') : input) })
      const timeline = ownTimeline(await journalOf(states, { invoke }))
      expect(shown(timeline).slice(1)).toEqual([
        '  Each Map',
        '    items: 5 (3 ok, 2 failed)',
        '    item 4 failed: Broken: it did',
        '✗     One Task failed: Broken: it did',
        '    item 5 failed: Broken: it did',
        '✗     One Task failed: Broken: it did',
      ])
    })
  })

  test('keeps a state that was entered twice apart, with the data that is asked for', async () => {
    const states = {
      A: pass({ Output: '{% $states.input + 1 %}', Next: 'More' }),
      More: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $states.input < 2 %}', Next: 'A' }],
        Default: 'End',
      },
      End: { Type: 'Succeed' },
    }
    for (const [, { root, input, output }] of timelinesOf(await journalOf(states, { input: 0 }), {
      keep: name => name === 'A',
    })) {
      expect(root.visits.map(visit => [visit.name, visit.input, visit.output])).toEqual([
        ['A', 0, 1],
        ['More', undefined, undefined],
        ['A', 1, 2],
        ['More', undefined, undefined],
        ['End', undefined, undefined],
      ])
      expect([input, output]).toEqual([0, 2])
    }
  })

  test('of an execution under way says since when, and until when it waits', async () => {
    const entries = await journalOf({ A: { Type: 'Wait', Seconds: 5, Next: 'B' }, B: task() })
    const until = (name: string) => entries.findIndex(({ event }) => event.type === name) + 1
    const waiting = ownTimeline(entries.slice(0, until('WaitStateEntered')))
    expect(shown(waiting, { waitsUntil: () => Date.parse('2030-01-02T03:04:05') })).toContain(
      '… A Wait - waits until 2030-01-02 03:04:05',
    )
    const working = ownTimeline(entries.slice(0, until('TaskStarted')))
    expect(shown(working).at(-1)).toMatch(/^… B Task - running since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  })

  test('that was stopped says where', async () => {
    const controller = new AbortController()
    const invoke = () => {
      controller.abort(new Error('enough'))
      return new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('gone')), 10))
    }
    const entries = await journalOf({ A: task() }, { invoke, signal: controller.signal })
    for (const [, timeline] of timelinesOf(entries)) {
      expect(timeline.root).toMatchObject({ status: 'ABORTED', failure: { cause: 'enough' } })
      expect(shown(timeline).at(-1)).toMatch(/A Task/)
    }
  })
})
