import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openProject, seed } from '../executions/seed.ts'
import { call, project, start } from '../harness.ts'

async function running(leaseMs?: number) {
  const folder = await project()
  const store = openProject(folder)
  const startedAt = leaseMs === undefined ? Date.now() : Date.now() - 60_000
  const made = await seed(store, 'one', {
    until: 'PassStateEntered',
    startedAt,
    ...(leaseMs === undefined ? {} : { leaseMs }),
  })
  return { folder, store, ...made }
}

describe('cancel', () => {
  test('asks whoever executes it, and waits for its end', async () => {
    const { folder, store, id, fence } = await running()
    const calling = start(folder, ['cancel', 'one', '--reason', 'wrong rack'])
    while (store.requests(id).length === 0) await sleep(20)
    expect(store.requests(id)).toEqual([{ stop: 'wrong rack' }])
    await store.finish(id, fence, { status: 'ABORTED', stoppedAt: Date.now(), cause: 'wrong rack' })
    expect(await calling.done).toEqual({ status: 0, stdout: 'one was cancelled\n', stderr: '' })
  })

  test('says so when it ended by itself meanwhile', async () => {
    const { folder, store, id, fence } = await running()
    const calling = start(folder, ['cancel', 'one'])
    while (store.requests(id).length === 0) await sleep(20)
    await store.finish(id, fence, { status: 'SUCCEEDED', stoppedAt: Date.now(), output: 1 })
    const { status, stdout } = await calling.done
    expect(stdout).toBe('one had ended before it was cancelled (succeeded)\n')
    expect(status).toBe(1)
  })

  test('does not wait for ever', async () => {
    const { folder } = await running()
    const { status, stdout } = await call(folder, ['cancel', 'one', '--timeout', '1s'])
    expect(stdout).toMatch(
      /^one did not stop within 1 s; rack:1:ab has been asked to, and reops events one --follow/,
    )
    expect(status).toBe(1)
  })

  test('ends one that nobody executes, and its history says why', async () => {
    const { folder, store, id } = await running(1)
    const { status, stdout } = await call(folder, ['cancel', 'one', '--reason', 'left behind', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ name: 'one', status: 'ABORTED', cause: 'left behind' })
    expect(status).toBe(0)
    expect(store.get(id)).toMatchObject({ status: 'ABORTED', lease: undefined })
    expect([...store.journal(id)].at(-1)?.event).toMatchObject({
      id: 3,
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { cause: 'left behind' },
    })
  })

  test('of one that is over is refused with status 2', async () => {
    const folder = await project()
    await seed(openProject(folder), 'one')
    const { status, stderr } = await call(folder, ['cancel', 'one'])
    expect(stderr).toBe('reops: one is over (succeeded); only a running one is cancelled\n')
    expect(status).toBe(2)
  })
})
