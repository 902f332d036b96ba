import { existsSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ExecutionStore } from '../../../src/core/executions.ts'
import { task } from '../../executor/harness.ts'
import { openProject, seed } from '../executions/seed.ts'
import { type CallOptions, call, project } from '../harness.ts'
import { answering, fails } from '../history/told.ts'

const failing = {
  states: { Reach: task() },
  invoke: answering({ Reach: () => fails('Broken', 'no\u001b[2J disk\nsecond line') }),
}

async function seeded(fill: (store: ExecutionStore) => Promise<unknown>) {
  const folder = await project()
  await fill(openProject(folder))
  return (words: readonly string[] = [], options?: CallOptions) =>
    call(folder, ['executions', ...words], options)
}

/** The names in a listing, in order. */
const names = (text: string) =>
  text
    .split('\n')
    .slice(1, -1)
    .map(line => line.split(' ')[0])

describe('executions', () => {
  test('where nothing was run says so, and leaves no database behind', async () => {
    const folder = await project()
    expect(await call(folder, ['executions'])).toEqual({
      status: 0,
      stdout: 'no executions yet; reops run <flow> begins one\n',
      stderr: '',
    })
    expect(JSON.parse((await call(folder, ['executions', '--json'])).stdout)).toEqual({
      executions: [],
      more: false,
    })
    expect(existsSync(path.join(folder, '.reops'))).toBe(false)
  })

  test('lists them newest first, with how each ended', async () => {
    const executions = await seeded(async store => {
      await seed(store, 'older', { startedAt: Date.parse('2026-01-02T03:04:05') })
      await seed(store, 'newer', { ...failing, startedAt: Date.parse('2026-02-03T04:05:06') })
    })
    const { status, stdout } = await executions()
    expect(stdout.split('\n').map(line => line.replaceAll(/ +/g, ' '))).toEqual([
      'name flow status started took',
      'newer listing failed 2026-02-03 04:05:06 0 ms Broken: no␛[2J disk',
      'older listing succeeded 2026-01-02 03:04:05 0 ms',
      '',
    ])
    expect(status).toBe(0)
  })

  test('says that nobody executes one that was left behind', async () => {
    const executions = await seeded(async store => {
      await seed(store, 'left', { until: 'PassStateEntered', leaseMs: 1, startedAt: Date.now() - 60_000 })
      await seed(store, 'held', { until: 'PassStateEntered' })
    })
    const { stdout } = await executions(['--status', 'running'])
    expect(stdout).toMatch(/^left .* nobody executes it; reops resume goes on$/m)
    expect(stdout).toMatch(/^held +listing +running .*ms$/m)
  })

  test.each([
    [['--flow', 'backup'], ['b1']],
    [['--status', 'failed'], ['l2']],
    [['--status', 'FAILED'], ['l2']],
    [['--status', 'succeeded', '--flow', 'listing'], ['l1']],
    [['--status', 'timed-out'], []],
    [['--status', 'TIMED_OUT'], []],
    [
      ['--since', '2026-01-03'],
      ['l2', 'b1'],
    ],
    [['--since', '2h'], []],
    [
      ['--limit', '1'],
      ['l2', 'the'],
    ],
  ])('%j keeps %j', async (words, kept) => {
    const executions = await seeded(async store => {
      await seed(store, 'l1', { startedAt: Date.parse('2026-01-02T12:00') })
      await seed(store, 'b1', { startedAt: Date.parse('2026-01-03T12:00'), flow: 'backup' })
      await seed(store, 'l2', { startedAt: Date.parse('2026-01-04T12:00'), ...failing })
    })
    expect(names((await executions(words)).stdout)).toEqual(kept)
  })

  test('says when there are more', async () => {
    const executions = await seeded(async store => {
      for (let index = 0; index < 21; index++) await seed(store, `run-${index}`)
    })
    expect((await executions()).stdout).toMatch(/\nthe newest 20; there are more, which --limit shows\n$/)
    expect((await executions(['--limit', '21'])).stdout).not.toContain('there are more')
    const { executions: listed, more } = JSON.parse((await executions(['--json'])).stdout)
    expect([listed.length, more]).toEqual([20, true])
  })

  test('--json is one document without data', async () => {
    const executions = await seeded(store => seed(store, 'one', failing))
    expect(JSON.parse((await executions(['--json'])).stdout).executions).toEqual([
      {
        name: 'one',
        id: 'arn:aws:states:local:000000000000:execution:listing:one',
        flow: 'listing',
        version: '0123456789abcdef',
        status: 'FAILED',
        startedAt: expect.any(String),
        stoppedAt: expect.any(String),
        deadline: expect.any(String),
        redrives: 0,
        error: 'Broken',
        cause: 'no\u001b[2J disk\nsecond line',
      },
    ])
  })

  test('fits a terminal, with the status in colour', async () => {
    const executions = await seeded(store => seed(store, `listing-${'x'.repeat(70)}`, failing))
    const { stdout } = await executions([], { columns: 80 })
    expect(stdout).toContain('\u001b[31mfailed')
    for (const line of stdout.replaceAll(/\u001b\[\d+m/g, '').split('\n'))
      expect(line.length).toBeLessThanOrEqual(80)
    expect((await executions(['--no-color'], { columns: 80 })).stdout).not.toContain('\u001b')
  })

  test.each([
    [['--status', 'broken'], '--status is "broken"; it takes running, succeeded, failed, timed-out, aborted'],
    [
      ['--since', 'yesterday'],
      '--since is "yesterday"; it takes a length of time such as 2h or 7d, or a date',
    ],
    [['--since', '2026-13-40'], '--since is "2026-13-40"'],
    [['--limit', '0'], '--limit is "0"'],
    [['listing'], 'reops executions does not know what to do with "listing"'],
  ])('%j is refused with status 2', async (words, said) => {
    const { status, stderr } = await call(await project(), ['executions', ...words])
    expect(stderr).toContain(said)
    expect(status).toBe(2)
  })
})
