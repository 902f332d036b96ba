import { failed, flow, pick, pipe, pretty, retry, source, successful, transform, wait } from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { compile } from '../../src/compile/compile.ts'
import { findIn } from '../../src/core/task.ts'
import { closet, say, stage, tale } from './harness.ts'

describe('a pipe taken apart by hand', () => {
  test('is the pipe', async () => {
    const script = { a: ['1', '2'], b: [{ fails: 'auth' } as const], c: ['3', { exits: 1 }] }
    const whole = stage(script)
    const apart = stage(script)
    const first = await apart.run(say(closet))
    const second = await apart.run(pick(successful), first)
    const third = await apart.run(say('again'), second)
    expect(third).toEqual(await whole.run(pipe(say(closet), pick(successful), say('again'))))
    expect(tale(third)).toEqual(['a: ok "2"', 'b: auth', 'c: exit'])
  })

  test('acts on the hosts that failed as they were reached before', async () => {
    const at = stage({ b: [{ fails: 'unreachable' }, 'back'] })
    const out = await at.run(
      pipe(say({ ...closet, hosts: [{ name: 'b', port: 2222 }] }), pick(failed), say('again')),
    )
    expect(tale(out)).toEqual(['b: ok "back"', 'b: unreachable'])
    expect(at.calls[1]?.target).toEqual({ name: 'b', port: 2222 })
  })
})

describe('cancellation', () => {
  test('ends with the outcome that there is, nobody missing', async () => {
    const at = stage({ b: ['hang'], c: ['hang'] }, { concurrency: 2 })
    const execution = await at.submit(say(closet))
    while (!at.progress.some(event => event.kind === 'host-ended')) await at.clock.sleep(1)
    execution.cancel('enough')
    const error = await execution.result().catch(thrown => thrown)
    expect(error).toMatchObject({ name: 'ExecutionCancelled', slug: 'execution-cancelled' })
    expect(error.message).toContain('enough')
    expect(tale(error.partial)).toEqual(['a: ok "a"', 'b: cancelled', 'c: cancelled'])
  })

  test('has an outcome even where a host does not stop', async () => {
    const at = stage({ b: ['ignore everything'] })
    const execution = await at.submit(say(closet))
    while (at.calls.length < 3) await at.clock.sleep(1)
    execution.cancel()
    const error = await execution.result().catch(thrown => thrown)
    expect(tale(error.partial)).toEqual(['a: ok "a"', 'b: unknown', 'c: ok "c"'])
  })

  test('by a signal, before and while it runs', async () => {
    await expect(stage().run(say(closet), undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'ExecutionCancelled',
    })
    const controller = new AbortController()
    const run = stage().run(wait('1h'), 1, { signal: controller.signal })
    controller.abort(new Error('Ctrl-C'))
    await expect(run).rejects.toThrow('Ctrl-C')
  })

  test('is not caught or retried', async () => {
    const at = stage({ a: ['hang'], b: ['hang'], c: ['hang'] })
    const execution = await at.submit(retry(say(closet), { codes: ['cancelled'] }))
    while (at.calls.length < 3) await at.clock.sleep(1)
    execution.cancel()
    await expect(execution.result()).rejects.toMatchObject({ name: 'ExecutionCancelled' })
    expect(at.calls).toHaveLength(3)
  })
})

describe('submit', () => {
  test('tells what happens, from the beginning, until the end', async () => {
    const execution = await stage().submit(say(closet))
    const types: string[] = []
    for await (const event of execution.events()) types.push(event.type)
    expect(types[0]).toBe('ExecutionStarted')
    expect(types.at(-1)).toBe('ExecutionSucceeded')
  })

  test('names the execution', async () => {
    const execution = await stage().submit(source(1), undefined, { name: 'mine' })
    expect(execution.name).toBe('mine')
    expect(await execution.result()).toBe(1)
  })

  test('refuses what is no pipeline', async () => {
    await expect(stage().submit({} as any)).rejects.toMatchObject({ name: 'InvalidArguments' })
  })
})

describe('flows', () => {
  const greet = flow({
    input: z.strictObject({ who: z.string(), times: z.int().default(2) }),
    steps: input =>
      pipe(
        source(input),
        transform(({ who, times }, about) => [who, times, about.execution.flow]),
      ),
  })

  test('parse their input and fill in its defaults', async () => {
    const at = stage({}, { names: new Map([[greet, 'greet']]) })
    expect(await at.run(greet, { who: 'you' })).toEqual(['you', 2, 'greet'])
  })

  test('refuse input by naming each field that is wrong', async () => {
    const at = stage({}, { names: new Map([[greet, 'greet']]) })
    const refused = at.run(greet, { who: 1, more: true })
    await expect(refused).rejects.toMatchObject({ name: 'InvalidInput', detail: { flow: 'greet' } })
    await expect(refused).rejects.toThrow(/greet: who: .*more/s)
  })

  test('stand inside other pipelines with input of their own', async () => {
    const outer = pipe(
      transform((who: string) => ({ who })),
      greet,
      transform((said, { input }) => [...said, input]),
    )
    expect(await stage().run(outer, 'they')).toEqual(['they', 2, 'adhoc', 'they'])
  })

  test('inside others refuse wrong input by name', async () => {
    const outer = pipe(
      transform(() => ({ who: 5 }) as any),
      greet,
    )
    await expect(stage().run(outer)).rejects.toMatchObject({ error: 'InvalidInput' })
  })

  test('that start with hosts are retried inside others by host', async () => {
    const at = stage({ b: [{ exits: 1 }, 'then'] })
    const sayAll = flow({
      input: z.strictObject({ word: z.string() }),
      steps: ({ word }) => say(closet, word),
    })
    const out = await at.run(
      pipe(
        transform(() => ({ word: 'hey' })),
        retry(sayAll),
      ),
    )
    expect(tale(out)).toContain('b: ok "then"')
    expect(at.calls.map(call => call.command)).toEqual(['hey', 'hey', 'hey', 'hey'])
  })
})

describe('output', () => {
  test('is published, and the data goes on unchanged', async () => {
    const at = stage()
    expect(await at.run(pipe(source([1]), pretty()))).toEqual([1])
    expect(at.published).toEqual([[1]])
  })
})

describe('a flow that changed', () => {
  const before = compile(
    pipe(
      source(1),
      transform((n: number) => n + 1),
    ),
    'f',
  )
  const after = compile(
    pipe(
      source(1),
      transform((n: number) => n + 2),
    ),
    'f',
  )
  const request = (version: string, step = 'transform', operation = 'transform') =>
    ({ version, step, operation, flow: 'f' }) as never

  test('has another version, though its states are the same', () => {
    expect(after.version).not.toBe(before.version)
    expect(Object.keys(after.machine.States)).toEqual(Object.keys(before.machine.States))
  })

  test('fails by name instead of running the wrong function', () => {
    expect(() => findIn(after)(request(before.version))).toThrow(
      expect.objectContaining({ name: 'FlowChanged', slug: 'flow-changed', retryable: false }),
    )
    expect(() => findIn(after)(request(before.version))).toThrow(before.version)
  })

  test('unchanged finds its function', () => {
    expect(findIn(before)(request(before.version)).definition.name).toBe('transform')
  })

  test('that has no such step says so', () => {
    expect(() => findIn(before)(request(before.version, 'elsewhere'))).toThrow(
      expect.objectContaining({ name: 'UnknownTask' }),
    )
    expect(() => findIn(before)(request(before.version, 'transform', 'map'))).toThrow('calls map')
  })
})
