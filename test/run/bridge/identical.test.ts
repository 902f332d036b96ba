import {
  failed,
  operation,
  parallel,
  pick,
  pipe,
  pretty,
  recover,
  retry,
  source,
  timeout,
  transform,
} from 're-ops'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { checkOnly } from '../../../src/core/operation/check-only.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { SystemHeld } from '../../../src/core/systems/store.ts'
import type { Script } from '../../fakes/scripted-hosts.ts'
import fc from '../../support/fast-check.ts'
import { closet, say } from '../harness.ts'
import { script, steps } from '../random-pipelines.ts'
import { comparable, runHere, runThere, unordered } from './stages.ts'

const joined = pipe as (...all: Operation<any, any>[]) => Operation<any, any>

// Pauses have some chance in them, which is not what is compared.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0.5))
afterEach(() => void vi.restoreAllMocks())

/** Runs it both ways and compares all that can be seen; answers what ran on the bridge. */
async function compare(
  pipeline: Operation<any, any>,
  played: Script,
  { made = [], look = comparable }: { made?: unknown[]; look?: typeof comparable } = {},
) {
  const here = await runHere(pipeline, played)
  const there = await runThere(pipeline, played, [say, ...made])
  const [seen, expected] = await Promise.all([there.seen, here.seen])
  expect(look(seen)).toEqual(look(expected))
  return { seen, executed: there.bridge.executed.map(({ request }) => request.operation) }
}

const fails = operation({
  name: 'fails',
  site: 'onprem',
  effect: 'change',
  schema: z.strictObject({ how: z.string() }),
  handle: (_data, { how }) => {
    if (how === 'held') throw new SystemHeld('redis-1 is held', { detail: { system: 'redis-1' } })
    if (how === 'date') return { at: new Date(0) }
    throw new TypeError('not a function')
  },
})

describe('through a bridge', () => {
  test('an outcome, its events, its progress and what it publishes are as in process', async () => {
    const { seen, executed } = await compare(
      pipe(say(closet, 'first'), pretty(), pick(failed), say('again')),
      { b: [{ fails: 'auth' }, 'in'], c: [{ exits: 3 }] },
    )
    expect(executed).toEqual(['say', 'say'])
    expect(seen.progress.length).toBeGreaterThan(5)
    expect(seen.published).toHaveLength(1)
  })

  test('branches, retries and catches are as in process', async () => {
    const branches = parallel(retry(say(closet, 'left'), { codes: ['unreachable'] }), say(closet, 'right'))
    await compare(
      pipe(branches, pretty()),
      { 'a by ssh': [{ fails: 'unreachable' }, 'up'], b: ['slow'] },
      { look: unordered },
    )
    const caught = recover(
      pipe(source(1), fails({ how: 'held' })),
      transform((error: unknown) => error),
      {
        errors: ['SystemHeld'],
      } as never,
    )
    const { executed } = await compare(caught, {}, { made: [fails] })
    expect(executed).toEqual(['fails'])
  })

  test.each(['held', 'date', 'type'])(
    'a failure (%s) keeps its name, its message and its detail',
    async how => {
      const { seen } = await compare(pipe(source(1), fails({ how })) as never, {}, { made: [fails] })
      expect(seen.error?.name).toBe('ExecutionFailed')
      const page = (seen.error!.cause as { slug?: string }).slug
      expect(page).toBe({ held: 'system-held', date: 'not-json', type: undefined }[how])
    },
  )

  test('a timeout ends it with what there is', async () => {
    await compare(timeout(say(closet), '30s') as never, { b: ['hang'] })
  })

  test('data that is too large for a state comes over and back', async () => {
    const { seen } = await compare(pipe(say(closet, 'x'), say('y')), {
      a: ['z'.repeat(300_000), 'a'],
      b: ['b', 'y'.repeat(400_000)],
    })
    expect(JSON.stringify(seen.result)).toContain('y'.repeat(1_000))
  })

  test('whatever the pipeline and whatever its hosts do', async () => {
    await fc.assert(
      fc.asyncProperty(script, steps, async (played, rest) => {
        const pipeline = joined(say(closet, 'first'), ...rest)
        // Which branch comes to a host first is chance, and decides what the host says next.
        fc.pre(!JSON.stringify(pipeline.step).includes('"kind":"parallel"'))
        await compare(pipeline, played)
      }),
      { numRuns: Number(process.env.REOPS_PROPERTY_RUNS ?? 30) },
    )
  })

  test('a cancelled execution keeps the outcome that there is', async () => {
    const tell = async (run: Awaited<ReturnType<typeof runHere>>) => {
      while (!run.progress.some(event => event.kind === 'host-ended')) await run.clock.sleep(1)
      run.cancel('enough')
      return comparable(await run.seen)
    }
    const played: Script = { b: ['hang'], c: ['hang'] }
    const there = await tell(await runThere(say(closet), played, [say]))
    expect(there).toMatchObject({ result: { successful: [{ host: 'a' }] } })
    expect(there).toEqual(await tell(await runHere(say(closet), played)))
  })

  test('what only says what it would do is said here, and what looks looks there', async () => {
    const { executed } = await compare(
      checkOnly(pipe(say(closet), fails({ how: 'held' }) as never)),
      {},
      { made: [fails] },
    )
    expect(executed).toEqual(['say'])
  })
})

test('the token of a task stays here, so that the bridge answers us and nobody else', async () => {
  const there = await runThere(say(closet), {}, [say])
  await there.seen
  expect(there.bridge.executed[0]?.request).not.toHaveProperty('token')
  expect(there.bridge.executed[0]?.id).toMatch(/^arn:aws:states:.*:one\/[0-9a-f-]{36}$/)
})

test('an operation that the bridge does not have fails by name', async () => {
  const there = await runThere(say(closet), {})
  expect((await there.seen).error?.message).toContain('UnknownTask: no such operation')
})
