import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type { ExecutionStore } from '../../../src/core/executions.ts'
import { task } from '../../executor/harness.ts'
import { openProject, seed } from '../executions/seed.ts'
import { call, project, start } from '../harness.ts'
import { answering, fails } from '../history/told.ts'

const each = {
  Each: {
    Type: 'Map',
    Items: '{% [7] %}',
    ItemProcessor: { StartAt: 'One', States: { One: task() } },
    End: true,
  },
}

async function seeded<T>(fill: (store: ExecutionStore) => Promise<T>) {
  const folder = await project()
  const store = openProject(folder)
  return { folder, store, made: await fill(store) }
}

describe('events', () => {
  test('prints one line an event: id, time, type, state and a short detail', async () => {
    const { folder } = await seeded(store =>
      seed(store, 'one', { states: each, invoke: answering({ One: () => fails('Broken', 'no\ndisk') }) }),
    )
    const { status, stdout } = await call(folder, ['events', 'one'])
    expect(stdout.split('\n').map(line => line.trim().replaceAll(/ +/g, ' '))).toEqual([
      '1 +0 ms ExecutionStarted {}',
      '2 +0 ms MapStateEntered Each {}',
      '3 +0 ms MapStateStarted Each 1 item',
      '4 +0 ms MapIterationStarted Each',
      '5 +0 ms TaskStateEntered Each[1] › One 7',
      '6 +0 ms TaskScheduled Each[1] › One 7',
      '7 +0 ms TaskStarted Each[1] › One',
      '8 +0 ms TaskFailed Each[1] › One Broken: no',
      '9 +0 ms MapIterationFailed Each[1] › One',
      '10 +0 ms MapStateFailed Each',
      '11 +0 ms ExecutionFailed Broken: no',
      '',
    ])
    expect(status).toBe(0)
  })

  test('--json has a document an event', async () => {
    const { folder } = await seeded(store => seed(store, 'one', { states: each }))
    const { stdout } = await call(folder, ['events', 'one', '--json'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(events[0]).toMatchObject({ id: 1, type: 'ExecutionStarted', scope: '' })
    expect(events[4]).toMatchObject({ type: 'TaskStateEntered', scope: '/Each[0]' })
    expect(events.map(event => event.id)).toEqual(events.map((_event, index) => index + 1))
  })

  test('fits a terminal', async () => {
    const { folder } = await seeded(store => seed(store, 'one', { input: { text: '語'.repeat(90) } }))
    const { stdout } = await call(folder, ['events', 'one', '--no-color'], { columns: 60 })
    for (const line of stdout.split('\n')) expect(line.replaceAll('語', '語 ').length).toBeLessThanOrEqual(60)
  })

  test.each([
    [{}, 0],
    [{ invoke: () => fails('Broken') }, 1],
    [{ invoke: () => ({ on: [], successful: [], failure: [{ host: 'foo', code: 'exit' }], left: [] }) }, 1],
  ])('--follow of %j prints the rest as it comes, and exits with %i', async (more, expected) => {
    const states = { Reach: task() }
    const { folder, store, made } = await seeded(store =>
      seed(store, 'one', { states, ...more, until: 'TaskStarted' }),
    )
    const calling = start(folder, ['events', 'one', '--follow'])
    await sleep(100)
    store.append(made.id, made.fence, made.rest)
    const [last] = made.rest.slice(-1)
    const failed = last!.event.type === 'ExecutionFailed'
    const output = failed ? undefined : JSON.parse((last!.event as any).executionSucceededEventDetails.output)
    await store.finish(made.id, made.fence, {
      status: failed ? 'FAILED' : 'SUCCEEDED',
      stoppedAt: Date.now(),
      output,
    })
    const { status, stdout } = await calling.done
    expect(stdout).toMatch(/Execution(?:Succeeded|Failed).*\n$/)
    expect(stdout.match(/\n/g)).toHaveLength(4 + made.rest.length)
    expect(status).toBe(expected)
  })

  test('--follow says that nobody executes it, and ends by Ctrl-C without stopping it', async () => {
    const { folder, store, made } = await seeded(store =>
      seed(store, 'left', { until: 'PassStateEntered', leaseMs: 1, startedAt: Date.now() - 60_000 }),
    )
    const calling = start(folder, ['events', 'left', '-f'])
    await sleep(400)
    calling.interrupt('SIGINT')
    const { status, stderr } = await calling.done
    expect(stderr).toBe('reops: nobody executes it; reops resume goes on with it\n')
    expect(status).toBe(130)
    expect(store.get(made.id)?.status).toBe('RUNNING')
    expect(store.requests(made.id)).toEqual([])
  })

  test('of an execution that is not there is refused with status 2', async () => {
    const { folder } = await seeded(store => seed(store, 'one'))
    const { status, stderr } = await call(folder, ['events', 'tow', '--follow'])
    expect(stderr).toContain('there is no execution "tow"')
    expect(status).toBe(2)
  })
})
