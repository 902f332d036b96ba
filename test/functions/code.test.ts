import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type FakeS3, fakeS3 } from '../fakes/aws/s3.ts'
import { type Aws, startAws } from '../fakes/aws/wire.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import { openFunction, type RunningFunction } from '../support/lambda/function.ts'
import { environmentOf, flowsFile, requestOf } from './lab.ts'

let bundles: Bundles
let s3: FakeS3
let aws: Aws
let code: RunningFunction
let hurried: RunningFunction

beforeAll(async () => {
  bundles = await openBundles(flowsFile)
  s3 = fakeS3(['re-ops-data'])
  aws = await startAws(s3)
  const { folder } = await bundles.of('code')
  const environment = environmentOf(aws)
  code = openFunction({ folder, environment })
  hurried = openFunction({ folder, environment, timeoutMs: 1_200 })
})
afterAll(async () => {
  await Promise.all([code?.end(), hurried?.end()])
  await aws?.end()
  await bundles?.remove()
})

describe("the function of the author's own functions", () => {
  test('finds a function of a flow again and answers what it answers', async () => {
    expect(await code.invoke(requestOf('doubling', { n: 21 }))).toEqual({ payload: { n: 42 } })
  })

  test('says in its log whose task that was and how long it took, and nothing of the data', async () => {
    const request = requestOf('doubling', { n: 987_654 })
    await code.invoke(request)
    // Its log comes on another way than its answer.
    const line = await vi.waitUntil(() =>
      code.logs.find(one => JSON.stringify(one).includes(request.execution.id)),
    )
    expect(line).toMatchObject({
      level: 'INFO',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      message: {
        message: 'answered',
        execution: request.execution.id,
        flow: 'doubling',
        step: request.step,
        operation: 'transform',
        ms: expect.any(Number),
      },
    })
    expect(JSON.stringify(code.logs)).not.toMatch(/987654|1975308/)
  })

  test('reports an error by the name of its class, and logs nothing that hangs on it', async () => {
    const { error } = await code.invoke(requestOf('moon', { n: 1 }))
    expect(error).toMatchObject({ errorType: 'NoSuchMoon', errorMessage: 'there is no second moon' })
    expect(error?.trace?.join('\n')).toContain('landing')
    await vi.waitUntil(() => JSON.stringify(code.logs).includes('NoSuchMoon'))
    expect(JSON.stringify(code.logs)).not.toContain('hunter2')
  })

  test('refuses what is no task, what is of no flow of it, and what is of another version', async () => {
    const request = requestOf('doubling', { n: 1 })
    const errorOf = async (event: unknown) => (await code.invoke(event)).error
    expect(await errorOf({ hello: 'world' })).toMatchObject({ errorType: 'UnexpectedData' })
    expect(await errorOf(null)).toMatchObject({ errorType: 'UnexpectedData' })
    expect(await errorOf({ ...request, flow: '__proto__' })).toMatchObject({
      errorType: 'UnknownTask',
      errorMessage: expect.stringContaining('doubling'),
    })
    expect(await errorOf({ ...request, step: 'constructor' })).toMatchObject({ errorType: 'UnknownTask' })
    expect(await errorOf({ ...request, version: '000000000000' })).toMatchObject({ errorType: 'FlowChanged' })
  })

  test('keeps an answer that is too large in the bucket, and fetches it for the next step', async () => {
    const { payload } = await code.invoke(requestOf('large', { n: 300_000 }))
    expect(payload).toMatchObject({ $spilled: expect.stringMatching(/^[0-9a-f]{64}$/), bytes: 300_002 })
    expect(s3.buckets.get('re-ops-data')?.size).toBe(1)
    const [, measure] = [...(await import('./lab.ts')).compiled('large').tasks.keys()]
    const second = { ...requestOf('large', payload as never), step: measure! }
    expect(await code.invoke(second)).toEqual({ payload: 300_000 })
  })

  test('has no executor, and says where what it would run belongs', async () => {
    expect((await code.invoke(requestOf('nesting', {}))).error).toMatchObject({
      errorType: 'InvalidConfig',
      errorMessage: expect.stringContaining('a part of the pipeline'),
    })
  })

  test('finds functions of a flow that sends others to agents', async () => {
    const on = { via: 'agent', defaults: {}, hosts: [{ name: 'foo' }] }
    const data = { on, successful: [{ host: 'foo', value: 1, ms: 1 }], failure: [], left: [] }
    expect(await code.invoke(requestOf('byAgents', data, { operation: 'map' }))).toMatchObject({
      payload: { successful: [{ host: 'foo', value: 2 }] },
    })
  })

  test('asks nothing of AWS where nothing is too large', async () => {
    const before = aws.calls.length
    await code.invoke(requestOf('doubling', { n: 1 }))
    expect(aws.calls.length).toBe(before)
  })

  test('tells before its time is over that it is, and goes on with the next call', async () => {
    expect((await hurried.invoke(requestOf('slow', { n: 60_000 }))).error).toMatchObject({
      errorType: 'FunctionTimedOut',
    })
    expect(await hurried.invoke(requestOf('slow', { n: 1 }))).toEqual({ payload: 'awake' })
    expect(hurried.starts).toBe(1)
  })

  test('is started anew after a process that ended in the middle', async () => {
    expect((await hurried.invoke(requestOf('gone', {}))).error).toMatchObject({
      errorType: 'Runtime.ExitError',
    })
    expect(await hurried.invoke(requestOf('slow', { n: 1 }))).toEqual({ payload: 'awake' })
    expect(hurried.starts).toBe(2)
  })

  test('says by which variable its environment is not as it should be', async () => {
    const { folder } = await bundles.of('code')
    const broken = openFunction({ folder, environment: { REOPS_STACK: '' } })
    try {
      expect((await broken.invoke(requestOf('doubling', { n: 1 }))).error).toMatchObject({
        errorType: 'InvalidConfig',
        errorMessage: expect.stringContaining('REOPS_STACK'),
      })
    } finally {
      await broken.end()
    }
  })
})
