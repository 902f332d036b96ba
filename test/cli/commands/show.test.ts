import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ExecutionStore } from '../../../src/core/executions.ts'
import { readCorpus } from '../../conformance/corpus.ts'
import { task } from '../../executor/harness.ts'
import { openProject, type Seed, seed } from '../executions/seed.ts'
import { type CallOptions, call, project } from '../harness.ts'
import { answering, fails } from '../history/told.ts'

const outcome = {
  on: { via: 'ssh', defaults: {}, hosts: [{ name: 'foo' }] },
  successful: [{ host: 'foo', value: 'up', ms: 3 }],
  failure: [{ host: 'bar', code: 'unreachable', step: 'exec uptime', message: 'no route', detail: null }],
  left: [],
}

const busy = (): Seed => ({
  input: { path: '/etc' },
  states: {
    Reach: task({
      End: undefined,
      Next: 'Wait',
      Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: 2 }],
      Output: '{% $states.result %}',
    }),
    Wait: { Type: 'Wait', Seconds: 60, Next: 'Each' },
    Each: {
      Type: 'Map',
      Items: '{% [1..3] %}',
      ItemProcessor: { StartAt: 'One', States: { One: task() } },
      Next: 'Last',
    },
    Last: { Type: 'Pass', Output: outcome, End: true },
  },
  invoke: answering({ Reach: count => (count === 0 ? fails('Busy') : { up: true }) }),
  startedAt: Date.parse('2026-01-02T03:04:05'),
})

const broken: Seed = {
  states: { Reach: task() },
  invoke: answering({ Reach: () => fails('Broken', 'no\u001b[2J disk\nsecond line') }),
}

async function seeded(fill: (store: ExecutionStore) => Promise<unknown>) {
  const folder = await project()
  await fill(openProject(folder))
  const show = (words: readonly string[], options?: CallOptions) => call(folder, ['show', ...words], options)
  const json = async (words: readonly string[]) => JSON.parse((await show(words)).stdout)
  return { show, json }
}

describe('show', () => {
  test('says what an execution is, its states in order, and what it answered', async () => {
    const { show } = await seeded(store => seed(store, 'busy-1', busy()))
    const { status, stdout } = await show(['busy-1'])
    expect(stdout).toBe(
      [
        'busy-1  succeeded',
        'flow     listing (version 0123456789ab)',
        'started  2026-01-02 03:04:05',
        'took     1 min 2 s',
        'input    15 B',
        '',
        '  state              type  at          took',
        '  Reach              Task  +0 ms       2.0 s      1 retry (Busy)',
        '  Wait               Wait  +2.0 s      1 min 0 s',
        '  Each               Map   +1 min 2 s  0 ms',
        '    items: 3 (3 ok)',
        '  Last               Pass  +1 min 2 s  0 ms',
        '',
        '— output',
        'foo  up',
        'unreachable (1)',
        '  bar  exec uptime: no route',
        '',
      ].join('\n'),
    )
    expect(status).toBe(0)
    expect((await show(['busy-1', '--items'])).stdout).toContain('    item 3  ')
  })

  test('marks what failed, and makes safe what it said', async () => {
    const { show } = await seeded(store => seed(store, 'broken-1', broken))
    const { status, stdout } = await show(['broken-1'])
    expect(stdout).toContain('broken-1  failed: Broken: no␛[2J disk\n')
    expect(stdout).toMatch(/^✗ Reach +Task +\+0 ms +0 ms +failed: Broken: no␛\[2J disk$/m)
    expect(stdout).not.toContain('second line')
    expect(status).toBe(0)
  })

  test('says until when one waits, and who executes it', async () => {
    const { show } = await seeded(store => seed(store, 'busy-1', { ...busy(), until: 'WaitStateEntered' }))
    const { stdout } = await show(['busy-1'])
    expect(stdout).toMatch(/^busy-1 {2}running$/m)
    expect(stdout).toMatch(/^executed by +rack:1:ab$/m)
    expect(stdout).toMatch(/^… Wait +Wait +\+2\.0 s +- +waits until 2026-01-02 03:05:07$/m)
    expect(stdout).not.toContain('output')
  })

  test.each(['busy-1', 'bus', 'latest', 'arn:aws:states:local:000000000000:execution:listing:busy-1'])(
    'finds it as %s',
    async word => {
      const { show } = await seeded(async store => {
        await seed(store, 'broken-1', { ...broken, startedAt: Date.parse('2025-01-01') })
        await seed(store, 'busy-1', busy())
      })
      expect((await show([word])).stdout).toMatch(/^busy-1 {2}succeeded\n/)
    },
  )

  test('--state has what every stay in a state was given and gave on', async () => {
    const { json } = await seeded(store => seed(store, 'busy-1', busy()))
    const { state, visits } = await json(['busy-1', '--state', 'One'])
    expect([state, visits.map((visit: any) => [visit.place, visit.input, visit.output])]).toEqual([
      'One',
      [1, 2, 3].map(item => [`Each[${item}] › One`, item, null]),
    ])
    expect((await json(['busy-1', '--state', 'Reach', '--input'])).visits).toEqual([
      { place: 'Reach', status: 'succeeded', enteredAt: expect.any(String), input: { path: '/etc' } },
    ])
  })

  test('--input and --output have the execution’s own', async () => {
    const { json } = await seeded(store => seed(store, 'busy-1', busy()))
    expect(await json(['busy-1', '--input'])).toEqual({ path: '/etc' })
    expect(await json(['busy-1', '--output'])).toEqual(outcome)
    expect(await json(['busy-1', '--input', '--output'])).toEqual({
      input: { path: '/etc' },
      output: outcome,
    })
  })

  test('--events has them in the shape of AWS, which --history reads again', async () => {
    const { show } = await seeded(store => seed(store, 'busy-1', busy()))
    const { stdout } = await show(['busy-1', '--events'])
    const { events } = JSON.parse(stdout)
    expect(events[0]).toMatchObject({ id: 1, previousEventId: 0, type: 'ExecutionStarted' })
    expect(events.at(-1)).toMatchObject({ type: 'ExecutionSucceeded' })
    const again = (await show(['--history', '-'], { stdin: stdout })).stdout
    const states = (text: string) => text.slice(text.indexOf('  state'))
    expect(states(again)).toBe(states((await show(['busy-1'])).stdout))
  })

  test('--json is one document with all of it', async () => {
    const { json } = await seeded(store => seed(store, 'busy-1', busy()))
    const document = await json(['busy-1', '--json'])
    expect(document).toMatchObject({
      name: 'busy-1',
      status: 'SUCCEEDED',
      input: { path: '/etc' },
      output: outcome,
    })
    expect(document.states.map((state: any) => [state.name, state.status])).toEqual(
      ['Reach', 'Wait', 'Each', 'Last'].map(name => [name, 'succeeded']),
    )
    expect(document.states[0].retries).toEqual([{ error: 'Busy', cause: 'it did' }])
    expect(document.states[2].items).toMatchObject({ total: 3, by: { ok: 3 } })
  })

  test('fits a terminal', async () => {
    const { show } = await seeded(store =>
      seed(store, 'broken-1', {
        ...broken,
        states: { ['R'.repeat(79)]: task({ Resource: 'arn:aws:states:::lambda:invoke' }) },
      }),
    )
    const { stdout } = await show(['broken-1'], { columns: 60 })
    for (const line of stdout.replaceAll(/\u001b\[\d+m/g, '').split('\n'))
      expect(line.length).toBeLessThanOrEqual(60)
  })

  test.each([
    [['lost'], 'there is no execution "lost"; the latest are run-2, run-1; reops executions lists them'],
    [['rnu-1'], 'there is no execution "rnu-1"; did you mean run-1?'],
    [['run'], '"run" may be any of arn:'],
    [['run-1', '--state', 'Onyl'], 'run-1 did not enter a state "Onyl"; did you mean "Only"?'],
    [['run-1', '--state', 'Zebra'], 'run-1 did not enter a state "Zebra"; it entered Only'],
    [['run-1', '--events', '--output'], '--events is all that happened and --output a part of it'],
    [['run-1', '--history', 'x.json'], '--history x.json is shown, or run-1; leave one of them out'],
    [[], 'reops show needs <execution>, or --history <file>'],
    [['--history', 'x.json'], "--history x.json can't be read"],
  ])('%j is refused with status 2', async (words, said) => {
    const { show } = await seeded(async store => {
      await seed(store, 'run-1', { startedAt: Date.now() - 1000 })
      await seed(store, 'run-2')
    })
    const { status, stdout, stderr } = await show(words)
    expect(stderr).toContain(said)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })

  test('where nothing was run says so', async () => {
    const { status, stderr } = await call(await project(), ['show', 'latest'])
    expect(stderr).toContain('nothing was run here yet; reops run <flow> begins an execution')
    expect(status).toBe(2)
  })
})

describe('show --history', () => {
  const fetched = (events: readonly object[], more: object = {}) => JSON.stringify({ events, ...more })
  const events = [
    {
      timestamp: 1767322800.5,
      type: 'ExecutionStarted',
      id: 1,
      previousEventId: 0,
      executionStartedEventDetails: { input: '{"a":1}', inputDetails: { truncated: false } },
    },
    {
      timestamp: 1767322800.6,
      type: 'TaskStateEntered',
      id: 2,
      previousEventId: 0,
      stateEnteredEventDetails: { name: 'Ping', input: '{"a":1}' },
    },
    {
      timestamp: 1767322800.7,
      type: 'LambdaFunctionScheduled',
      id: 3,
      previousEventId: 2,
      lambdaFunctionScheduledEventDetails: { resource: 'arn' },
    },
    { timestamp: 1767322800.8, type: 'LambdaFunctionStarted', id: 4, previousEventId: 3 },
    {
      timestamp: 1767322801.8,
      type: 'LambdaFunctionFailed',
      id: 5,
      previousEventId: 4,
      lambdaFunctionFailedEventDetails: { error: 'Busy', cause: '{"errorMessage":"later"}' },
    },
    {
      timestamp: 1767322801.9,
      type: 'ExecutionFailed',
      id: 6,
      previousEventId: 5,
      executionFailedEventDetails: { error: 'Busy', cause: '{"errorMessage":"later"}' },
    },
  ]
  const show = async (text: string, words: readonly string[] = []) =>
    call(await project(), ['show', '--history', '-', ...words], { stdin: text })

  test.each([
    ['seconds since the epoch', events],
    [
      'ISO 8601',
      events.map(event => ({
        ...event,
        timestamp: new Date(event.timestamp * 1000).toISOString().replace('Z', '000+00:00'),
      })),
    ],
    ['the newest first', events.toReversed()],
  ])('reads %s', async (_what, given) => {
    const { status, stdout } = await show(fetched(given))
    expect(stdout).toMatch(
      /^stdin {2}failed: Busy: later\nstarted {2}\d{4}-.*\ntook {5}1\.4 s\ninput {4}7 B\n/,
    )
    expect(stdout).toMatch(/^✗ Ping +Task +\+100 ms +1\.3 s +failed: Busy: later$/m)
    expect(status).toBe(0)
  })

  test('reads a file, and says when it is only a part', async () => {
    const folder = await project()
    await writeFile(path.join(folder, 'h.json'), fetched(events.slice(0, 3), { nextToken: 'AAA' }))
    const { stdout } = await call(folder, ['show', '--history', 'h.json'])
    expect(stdout).toContain('h.json  running\n')
    expect(stdout).toContain('goes on; it was fetched in part\n')
    expect(stdout).toMatch(/^… Ping +Task .* running since \d{4}-/m)
  })

  test.each([
    ['not json', 'stdin is not JSON'],
    ['{}', 'stdin holds no history; it takes what aws stepfunctions get-execution-history prints'],
    ['{"events":[1]}', 'stdin holds no history'],
  ])('refuses %j with status 2', async (text, said) => {
    const { status, stderr } = await show(text)
    expect(stderr).toContain(said)
    expect(status).toBe(2)
  })

  test('has no trouble with what no history should hold', async () => {
    const strange = [
      {},
      { type: 'TaskStateExited' },
      { type: 'MapIterationSucceeded', id: 3, previousEventId: 99 },
      { type: 'ParallelStateEntered', id: 4, stateEnteredEventDetails: null },
      { type: 'MapIterationStarted', id: 5, mapIterationStartedEventDetails: { index: 1e9, name: 7 } },
      {
        type: 'EvaluationFailed',
        id: 6,
        evaluationFailedEventDetails: { state: {}, error: 5, cause: ['a'] },
      },
      { type: '__proto__', id: Number.MAX_VALUE, timestamp: 'never' },
    ].slice(1)
    const { status, stderr } = await show(fetched(strange))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect((await show(fetched([]), ['--json'])).status).toBe(0)
  })

  test.each(['--events', '--json', '--input', '--output'])(
    '%s prints one document of each recording',
    async flag => {
      for (const { recorded } of (readCorpus() ?? []).slice(0, 5)) {
        const { status, stdout } = await show(JSON.stringify(recorded), [flag])
        expect(status).toBe(0)
        JSON.parse(stdout)
      }
    },
  )
})
