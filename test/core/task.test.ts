import { operation, transform } from 're-ops'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { InvalidArguments } from '../../src/core/errors.ts'
import { HostTrouble } from '../../src/core/ports.ts'
import type { TaskStep } from '../../src/core/step.ts'
import { answerTask, type Desk, describeError } from '../../src/core/task.ts'
import { fakeClock } from '../executor/fake-clock.ts'
import { memoryStore } from '../fakes/memory-store.ts'
import { scriptedHosts } from '../fakes/scripted-hosts.ts'

const shout = operation({
  name: 'shout',
  site: 'code',
  effect: 'read',
  schema: z.strictObject({ suffix: z.string().default('!') }),
  handle: (text: string, { suffix }, context) =>
    `${text}${suffix} at ${context.step} of ${context.execution.flow}`,
})

function deskOf(step: TaskStep): Desk & { store: ReturnType<typeof memoryStore> } {
  const clock = fakeClock()
  return {
    find: () => step,
    store: memoryStore(),
    clock,
    hosts: scriptedHosts({}, clock),
    out: { publish: () => {} },
    progress: () => {},
  }
}

const request = {
  operation: 'shout',
  args: {},
  flow: 'f',
  step: 'the step',
  version: 'v',
  execution: { id: 'e', name: 'e', startedAt: '2030-01-01T00:00:00Z' },
  data: 'hi',
}
const answer = (step: TaskStep, event: unknown = request) =>
  answerTask(event, deskOf(step), new AbortController().signal)
const stepOf = (pipeline: { readonly step: unknown }) => pipeline.step as TaskStep

describe('answerTask', () => {
  test('gives the handler its data, its parsed arguments and where it is', async () => {
    expect(await answer(stepOf(shout({})))).toBe('hi! at the step of f')
  })

  test('checks arguments that were filled in on the way', async () => {
    await expect(answer(stepOf(shout({})), { ...request, args: { suffix: 5 } })).rejects.toMatchObject({
      name: 'InvalidArguments',
      message: expect.stringContaining('shout: suffix'),
    })
  })

  test('calls the function of a closure with the input of the execution', async () => {
    const step = stepOf(transform((text: string, { input, execution }) => [text, input, execution.flow]))
    expect(await answer(step, { ...request, input: { a: 1 } })).toEqual(['hi', { a: 1 }, 'f'])
    expect(await answer(step)).toEqual(['hi', null, 'f'])
  })

  test('fetches data and input that had been too large, and keeps an answer that is', async () => {
    const desk = deskOf(stepOf(transform((text: string, { input }) => text + input)))
    const large = 'x'.repeat(100_000)
    const key = await desk.store.put(JSON.stringify(large))
    const kept = { $spilled: key, bytes: 100_002 }
    const answered = await answerTask(
      { ...request, data: kept, input: kept },
      desk,
      new AbortController().signal,
    )
    expect(answered).toMatchObject({ bytes: 200_002 })
  })

  test('refuses what is no task, by the field that is wrong', async () => {
    for (const event of [
      null,
      5,
      {},
      { ...request, step: '' },
      { ...request, more: 1 },
      { ...request, data: undefined },
    ])
      await expect(answer(stepOf(shout({})), event)).rejects.toMatchObject({ name: 'UnexpectedData' })
    await expect(answer(stepOf(shout({})), { ...request, deadline: 'soon' })).rejects.toThrow('deadline')
  })
})

describe('describeError', () => {
  test('says it as Lambda does, with what a program wants to know', () => {
    expect(describeError(new RangeError('too far'))).toEqual({
      error: 'RangeError',
      cause: '{"errorMessage":"too far","errorType":"RangeError"}',
    })
    const { error, cause } = describeError(new InvalidArguments('no', { detail: { field: 'x' } }))
    expect([error, JSON.parse(cause).detail]).toEqual(['InvalidArguments', { field: 'x' }])
    expect(describeError(new HostTrouble('exit', 'no')).error).toBe('HostTrouble')
    expect(describeError('just a word')).toEqual({
      error: 'Error',
      cause: '{"errorMessage":"just a word","errorType":"Error"}',
    })
  })
})
