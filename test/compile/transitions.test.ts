import {
  each,
  exec,
  hosts,
  type Operation,
  parallel,
  pipe,
  poll,
  query,
  recover,
  retry,
  start,
  transform,
  wait,
  when,
} from 're-ops'
import { describe, expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { transitionsOf } from '../../src/compile/transitions.ts'
import type { ExecutionEvent } from '../../src/core/runtime.ts'
import { closet, say, stage } from '../run/harness.ts'
import { script, steps } from '../run/random-pipelines.ts'
import fc from '../support/fast-check.ts'

type Step = Operation<any, any>
const joined = pipe as (...all: Step[]) => Step
const runs = Number(process.env.REOPS_PROPERTY_RUNS ?? 60)

/** What AWS bills of a history: the start, states that were entered, and what was tried again. */
function billed(events: readonly ExecutionEvent[]): number {
  const count = (type: string) => events.filter(event => event.type === type).length
  const entered = events.filter(({ type }) => type.endsWith('StateEntered')).length
  const retried =
    count('TaskScheduled') -
    count('TaskStateEntered') +
    count('ParallelStateStarted') -
    count('ParallelStateEntered')
  return 1 + entered + retried
}

async function execute(operation: Step, played: Parameters<typeof stage>[0] = {}) {
  const execution = await stage(played).submit(operation)
  const events: ExecutionEvent[] = []
  for await (const event of execution.events()) events.push(event)
  await execution.result().catch(() => {})
  return { transitions: billed(events), succeeded: events.at(-1)!.type === 'ExecutionSucceeded' }
}

const count = (operation: Step, items?: number) => {
  const { least, usual, most } = transitionsOf(
    compile(operation, 'f'),
    items === undefined ? {} : { items: { least: items, usual: items, most: items } },
  )
  return [least, usual, most].map(({ transitions }) => transitions)
}

describe('transitionsOf', () => {
  test('whatever the pipeline and whatever its hosts do, an execution is between the least and the most', async () => {
    await fc.assert(
      fc.asyncProperty(script, steps, async (played, rest) => {
        const pipeline = joined(say(closet, 'first'), ...rest)
        const [least, usual, most] = count(pipeline)
        const { transitions, succeeded } = await execute(pipeline, played)
        expect(transitions).toBeLessThanOrEqual(most!)
        if (succeeded) expect(transitions).toBeGreaterThanOrEqual(least!)
        expect(usual).toBeGreaterThanOrEqual(least!)
        expect(usual).toBeLessThanOrEqual(most!)
      }),
      { numRuns: runs },
    )
  })

  test('of a pipeline in which nothing can differ, all three are what is billed', async () => {
    const pipeline = joined(say(closet), wait('5s'), parallel(say(), say('bye')))
    const { transitions } = await execute(pipeline)
    expect(count(pipeline)).toEqual([transitions, transitions, transitions])
  })

  test('a gate may end it, and as a rule lets pass', async () => {
    const pipeline = (pass: boolean) =>
      joined(
        say(closet),
        when(() => pass),
        say(),
      )
    const [least, usual, most] = count(pipeline(true))
    expect((await execute(pipeline(false))).transitions).toBe(least)
    expect((await execute(pipeline(true))).transitions).toBe(usual)
    expect(most).toBe(usual)
  })

  test('a poll is usually looked at twice, and at most until its time is over', async () => {
    const looked = (times: number) => {
      let look = 0
      return joined(poll(say(closet), () => ++look >= times, '10s', '60s'))
    }
    const [least, usual, most] = count(looked(1))
    expect((await execute(looked(1))).transitions).toBe(least)
    expect((await execute(looked(2))).transitions).toBe(usual)
    expect((await execute(looked(7))).transitions).toBeLessThanOrEqual(most!)
    // Each look is a task, its verdict, a Choice and a Wait; it ends in a state that fails.
    expect((await execute(looked(100))).transitions).toBe(most)
  })

  test('a retry is counted for each attempt, as a loop and natively', async () => {
    const loop = joined(retry(say(closet), { attempts: 3, every: '1s' }))
    const [least, usual, most] = count(loop)
    expect((await execute(loop)).transitions).toBe(least)
    expect(usual).toBe(least)
    // What throws may be tried again besides, at every state of the loop.
    const failing = await execute(loop, { a: [{ fails: 'unreachable' }] })
    expect(failing.transitions).toBeGreaterThan(usual!)
    expect(failing.transitions).toBeLessThanOrEqual(most!)
    const thrown = retry(
      transform(() => {
        throw new Error('no')
      }),
      { attempts: 4 },
    )
    expect((await execute(joined(say(closet), thrown))).transitions).toBe(
      count(joined(say(closet), thrown))[2],
    )
  })

  test('what is rescued may have done nothing before', async () => {
    const rescued = joined(
      recover(
        joined(
          transform(() => {
            throw new Error('no')
          }),
          say(),
        ),
        query('1'),
      ),
    )
    expect((await execute(rescued)).transitions).toBe(count(rescued)[0])
  })

  test('iterations of an inline Map are not billed, and each child execution of a distributed one is', async () => {
    const items = (atMost?: number) =>
      joined(each(() => [1, 2, 3], query('1'), atMost === undefined ? {} : { atMost }))
    expect(count(items(3), 3)).toEqual([1 + 2 + 3, 1 + 2 + 3, 1 + 2 + 3])
    expect((await execute(items(3))).transitions).toBe(6)
    // The execution of an item has a state of its own, in which it takes what it is given.
    expect(count(items(), 3)).toEqual([1 + 2 + 3 * 3, 1 + 2 + 3 * 3, 1 + 2 + 3 * 3])
  })

  test('calls are counted by the function that answers them', () => {
    const fleet = hosts({ via: 'ssm' }, ['i-0abc'])
    const { usual } = transitionsOf(
      compile(
        pipe(
          start(fleet),
          exec('uptime'),
          transform(() => 1),
        ),
        'f',
      ),
    )
    expect(usual.calls).toEqual({ Ec2Function: 2, SsmFunction: 1, CodeFunction: 1 })
  })
})
