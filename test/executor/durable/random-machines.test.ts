import { expect, test } from 'vitest'
import { TaskError } from '../../../src/executor/index.ts'
import fc from '../../support/fast-check.ts'
import { task } from '../harness.ts'
import { type Handler, observe, type Subject, threads } from './resumable.ts'

type Graph = { readonly StartAt: string; readonly States: Record<string, object> }

const graph = (depth: number): fc.Arbitrary<Graph> =>
  fc.array(state(depth), { minLength: 1, maxLength: 3 }).map(states => {
    const names = states.map((_, index) => `S${index}`)
    return {
      StartAt: names[0]!,
      States: Object.fromEntries(
        states.map((one, index) => {
          const next = names[index + 1]
          return [names[index]!, { ...one, ...(next === undefined ? { End: true } : { Next: next }) }]
        }),
      ),
    }
  })

const chancy = '{% $floor($random() * 9) %}'
const retry = [{ ErrorEquals: ['Flaky'], IntervalSeconds: 3, MaxAttempts: 2, JitterStrategy: 'FULL' }]

/** A state without where it leads. Tasks are told by their arguments how often they fail before they don't. */
function state(depth: number): fc.Arbitrary<object> {
  const { End: _, ...called } = task() as { End: unknown }
  const leaf = fc.oneof(
    fc.integer({ min: 0, max: 3 }).map(fails => ({
      ...called,
      Arguments: { fails, chance: chancy, id: '{% $uuid() %}' },
      Retry: retry,
      Assign: { seen: '{% $states.result.chance %}' },
    })),
    fc.integer({ min: 0, max: 20 }).map(Seconds => ({ Type: 'Wait', Seconds })),
    fc.constant({ Type: 'Wait', Seconds: chancy }),
    fc.constant({ Type: 'Pass', Output: { x: chancy }, Assign: { made: '{% $uuid() %}' } }),
  )
  if (depth === 0) return leaf
  const inner = graph(depth - 1)
  return fc.oneof(
    leaf,
    fc
      .record({ Branches: fc.array(inner, { minLength: 1, maxLength: 3 }), retried: fc.boolean() })
      .map(({ Branches, retried }) => ({ Type: 'Parallel', Branches, ...(retried ? { Retry: retry } : {}) })),
    fc
      .record({ inner, distributed: fc.boolean(), MaxConcurrency: fc.integer({ min: 0, max: 2 }) })
      .map(({ inner: processor, distributed, MaxConcurrency }) => ({
        Type: 'Map',
        Items: '{% [1..3].$random() %}',
        MaxConcurrency,
        ItemProcessor: {
          ...(distributed ? { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } } : {}),
          ...processor,
        },
      })),
  )
}

const handler: Handler = ({ arguments: given, context }) => {
  if (context.State.RetryCount < (given as { fails: number }).fails) throw new TaskError('Flaky')
  return given
}

test('any machine ends the same, at the same time, with the same calls, wherever its process ended', async () => {
  await fc.assert(
    fc.asyncProperty(
      graph(2),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
      async ({ StartAt, States }, cuts) => {
        const subject: Subject = { states: { [StartAt]: States[StartAt]!, ...States }, handler }
        const whole = await observe(subject)
        for (const cut of cuts) {
          const length = 1 + Math.floor(cut * (whole.entries.length - 1))
          const entries = whole.entries.slice(0, length)
          const resumed = await observe(subject, { entries })
          expect(resumed.result).toEqual(whole.result)
          expect(resumed.endedAt).toBe(whole.endedAt)
          for (const call of resumed.calls) expect(whole.calls).toContain(call)
          if (whole.result.status === 'SUCCEEDED')
            expect(threads([...entries, ...resumed.entries])).toEqual(threads(whole.entries))
        }
      },
    ),
    { numRuns: 60, interruptAfterTimeLimit: 15_000 },
  )
})
