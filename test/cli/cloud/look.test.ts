import { describe, expect, test } from 'vitest'
import { readCorpus } from '../../conformance/corpus.ts'
import { machine, task } from '../../executor/harness.ts'
import { leaveOut } from '../../support/needs.ts'
import { plain } from '../bridge/laptop.ts'
import { openCloud } from './scene.ts'

/** Executions of a machine that fails until it is told otherwise. */
async function broken() {
  let mended = false
  const scene = await openCloud({
    states: {
      unknownFor: 1,
      machines: {
        're-ops-hostless': machine({ First: task(), Second: task({ Next: 'Third' }), Third: task() }),
        're-ops-bare': machine({ First: task({ Next: 'Second', End: undefined }), Second: task() }),
      },
      open: () => call => {
        if (!mended && call.context.State.Name === 'Second')
          throw Object.assign(new Error('no disk'), { name: 'Broken' })
        return null
      },
    },
  })
  const { status } = await scene.reops(['run', 'bare', '--cloud', '--name', 'bare-1'])
  expect(status).toBe(1)
  const mend = () => {
    mended = true
  }
  return { ...scene, mend }
}

describe('executions --cloud', () => {
  test('lists those of all flows, newest first, by flow, status and number', async () => {
    const scene = await openCloud({ states: { pageSize: 2 } })
    for (const name of ['a', 'b', 'c']) await scene.reops(['run', 'hostless', '--cloud', '--name', name])
    await scene.reops(['run', 'counted', '--cloud', '--name', 'd'])
    const listed = async (...words: string[]) => {
      const { stdout } = await scene.reops(['executions', '--cloud', '--json', ...words])
      const { executions, more } = JSON.parse(stdout)
      return [executions.map(({ name }: { name: string }) => name).join(''), more]
    }
    expect(await listed()).toEqual(['dcba', false])
    expect(await listed('--flow', 'hostless')).toEqual(['cba', false])
    expect(await listed('--limit', '2')).toEqual(['dc', true])
    expect(await listed('--status', 'failed')).toEqual(['', false])
    const { stdout } = await scene.reops(['executions', '--cloud'])
    expect(plain(stdout)).toMatch(/^name +flow +status +started +took/)
    expect(stdout).toMatch(/^d +counted +succeeded/m)
  })

  test('says how to begin one where there is none', async () => {
    const scene = await openCloud()
    expect((await scene.reops(['executions', '--cloud'])).stdout).toBe(
      'no executions yet; reops run <flow> --cloud begins one\n',
    )
  })
})

describe('show --cloud', () => {
  test('tells of an execution there as of one here', async () => {
    const scene = await openCloud({ states: { pageSize: 5 } })
    await scene.reops(['run', 'counted', '--name', 'one'])
    await scene.reops(['run', 'counted', '--cloud', '--name', 'one'])
    const without = (text: string) =>
      plain(text)
        .replaceAll(/(?:\+?[\d.]+ (?:ms|s) *)+/g, 'time ')
        .replaceAll(/ \(version \w+\)/g, '')
        .replaceAll(/ +/g, ' ')
    const here = without((await scene.reops(['show', 'one'])).stdout)
    const there = without((await scene.reops(['show', 'one', '--cloud'])).stdout)
    expect(there).toBe(here)
    const output = await scene.reops(['show', 'one', '--cloud', '--output'])
    expect(JSON.parse(output.stdout)).toBe(3)
    const events = JSON.parse((await scene.reops(['show', 'one', '--cloud', '--events'])).stdout).events
    expect(events[0]).toMatchObject({ id: 1, type: 'ExecutionStarted' })
    expect(events.at(-1).type).toBe('ExecutionSucceeded')
  })

  test('finds it by its ARN, its name, a beginning, and as the latest', async () => {
    const scene = await openCloud()
    await scene.reops(['run', 'hostless', '--cloud', '--name', 'hostless-1a2b'])
    const arn = 'arn:aws:states:eu-central-1:123456789012:execution:re-ops-hostless:hostless-1a2b'
    for (const word of [arn, 'hostless-1a2b', 'hostless-1', 'latest'])
      expect((await scene.reops(['show', word, '--cloud'])).stdout).toMatch(/^hostless-1a2b {2}succeeded\n/)
    const { status, stderr } = await scene.reops(['show', 'hostless-1a2c', '--cloud'])
    expect(stderr).toContain('did you mean hostless-1a2b?')
    expect(status).toBe(2)
    await scene.reops(['run', 'hostless', '--cloud', '--name', 'hostless-9'])
    expect((await scene.reops(['show', 'host', '--cloud'])).stderr).toContain('may be any of')
  })

  test('--follow waits for the end of one that runs, and prints all of it', async () => {
    const scene = await openCloud({ answer: slowly })
    const running = scene.start(['run', 'bare', '--cloud', '--name', 'one'])
    await expect.poll(() => scene.states.executions.get('one')?.status).toBe('RUNNING')
    const { stdout, status } = await scene.reops(['show', 'one', '--cloud', '--follow'])
    expect(stdout).toMatch(/^one {2}succeeded\n/)
    expect(status).toBe(0)
    await running.done
  })

  test('--follow draws it on a terminal meanwhile, with until when a Wait waits, and ends by Ctrl-C', async () => {
    const scene = await openCloud()
    const running = scene.start(['run', 'waiting', '--cloud', '--name', 'one'])
    await expect.poll(() => scene.aws.callsOf('states').includes('GetExecutionHistory')).toBe(true)
    const showing = scene.start(['show', 'one', '--cloud', '--follow', '--no-color'], { columns: 100 })
    await new Promise(resolve => setTimeout(resolve, 800))
    showing.interrupt('SIGINT')
    const { stdout, status } = await showing.done
    expect(stdout).toContain('waits until')
    expect(stdout).toContain('AWS in eu-central-1')
    expect(status).toBe(130)
    running.interrupt('SIGTERM')
    await running.done
    expect(scene.states.executions.get('one')?.status).toBe('RUNNING')
  })

  const corpus = readCorpus()
  test(
    'shows what AWS recorded',
    corpus === undefined ? leaveOut('../shared/asl-corpus is not beside this checkout') : {},
    async () => {
      const scene = await openCloud()
      for (const [index, { recorded }] of (corpus ?? []).slice(0, 12).entries()) {
        const events = recorded.events.map(event => ({
          ...event,
          id: Number(event.id),
          timestamp: '2026-01-02T03:04:05Z',
        }))
        scene.states.record('re-ops-bare', `recorded-${index}`, events)
        const { stdout, stderr } = await scene.reops(['show', `recorded-${index}`, '--cloud', '--items'])
        expect(stderr).toBe('')
        const states = recorded.events.flatMap(event => event.stateEnteredEventDetails?.name ?? [])
        for (const state of new Set(states)) expect(stdout).toContain(state)
      }
    },
  )
})

const slowly = async () => {
  await new Promise(resolve => setTimeout(resolve, 400))
  return 'up\n'
}

describe('events --cloud', () => {
  test('prints a line each; --follow goes on to the end, and exits as it ended', async () => {
    const scene = await openCloud({ answer: slowly, states: { pageSize: 3 } })
    const running = scene.start(['run', 'counted', '--cloud', '--name', 'one'])
    await expect.poll(() => scene.states.executions.get('one')?.status).toBe('RUNNING')
    const { stdout, status } = await scene.reops(['events', 'one', '--cloud', '--follow'])
    await running.done
    const lines = stdout.trimEnd().split('\n')
    expect(lines.map(line => Number(line.slice(0, 5)))).toEqual(lines.map((_line, index) => index + 1))
    expect(lines.at(-1)).toContain('ExecutionSucceeded')
    expect(status).toBe(0)
    const whole = await scene.reops(['events', 'one', '--cloud', '--json'])
    expect(whole.stdout.trimEnd().split('\n')).toHaveLength(lines.length)
  })
})

describe('cancel --cloud', () => {
  test('stops it with a reason, and refuses one that is over', async () => {
    const scene = await openCloud()
    const running = scene.start(['run', 'waiting', '--cloud', '--name', 'one'])
    await expect.poll(() => scene.states.executions.get('one')?.status).toBe('RUNNING')
    const { stdout, status } = await scene.reops(['cancel', 'one', '--cloud', '--reason', 'wrong rack'])
    expect(stdout).toContain('one was cancelled')
    expect(status).toBe(0)
    expect((await running.done).status).toBe(130)
    expect((await scene.reops(['show', 'one', '--cloud'])).stdout).toContain('wrong rack')
    const again = await scene.reops(['cancel', 'one', '--cloud'])
    expect(again.stderr).toContain('one is over (aborted)')
    expect(again.status).toBe(2)
  })
})

describe('redrive --cloud', () => {
  test('goes on from where it failed, and tells only what is new', async () => {
    const scene = await broken()
    const failing = await scene.reops(['redrive', 'bare-1', '--cloud'])
    expect(failing.stderr).toContain('Broken: no disk')
    expect(failing.status).toBe(1)
    scene.mend()
    const { status, stdout } = await scene.reops(['redrive', 'bare-1', '--cloud', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ flow: 'bare', execution: 'bare-1', status: 'succeeded' })
    expect(status).toBe(0)
    expect((await scene.reops(['show', 'bare-1', '--cloud'])).stdout).toMatch(/^redriven +twice|2 times$/m)
    const again = await scene.reops(['redrive', 'bare-1', '--cloud'])
    expect(again.stderr).toContain('bare-1 is succeeded; only one that failed')
    expect(again.status).toBe(2)
  })
})

test('what is only for the cloud is refused without it', async () => {
  const scene = await openCloud()
  expect((await scene.reops(['show', 'one', '--follow'])).stderr).toContain(
    '--follow is for what runs in the cloud',
  )
  expect((await scene.reops(['destroy', '--data'])).stderr).toContain('reops destroy --cloud --data')
  expect((await scene.reops(['destroy', 'redis-1', '--cloud'])).stderr).toContain('redis-1 would be a system')
})
