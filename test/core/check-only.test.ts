import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { compile } from '../../src/compile/compile.ts'
import {
  checkOnly,
  choose,
  exec,
  hosts,
  map,
  type Operation,
  operation,
  pick,
  pipe,
  poll,
  recover,
  resource,
  retry,
  some,
  timeout,
  transform,
  wait,
  when,
} from '../../src/index.ts'
import { say, stage } from '../run/harness.ts'

const closet = hosts(['a', 'b'])

/** A resource that does by a command what it would do. */
const set = resource({
  name: 'set',
  shape: { word: z.string() },
  args: (word: string) => ({ word }),
  describe: ({ word }) => `set ${word}`,
  each: async (host, { word }, { check }) => {
    const changed = (await host.exec(`get ${word}`)).stdout !== word
    if (changed && !check) await host.exec(`set ${word}`)
    return { changed, what: changed ? [word] : [] }
  },
})

const mail = operation({
  name: 'mail',
  site: 'cloud',
  capability: 'mail',
  effect: 'change',
  passes: true,
  schema: z.strictObject({}),
  handle: () => {
    throw new Error('nobody may be written to')
  },
})

async function checked<O>(pipeline: Operation<any, O>) {
  const on = stage()
  const answer = (await on.run(checkOnly(pipeline))) as any
  return { answer, commands: on.calls.map(({ command }) => command) }
}

describe('a pipeline that is only checked', () => {
  test('looks by its resources, and does what reads', async () => {
    const { answer, commands } = await checked(pipe(say(closet, 'hello'), set('x')))
    expect(answer.successful).toMatchObject([
      { host: 'a', value: { changed: true, checked: true, what: ['x'] } },
      { host: 'b', value: { changed: true } },
    ])
    expect(commands.filter(command => String(command).startsWith('set'))).toEqual([])
    expect(commands).toHaveLength(4)
  })

  test('says what it would do where it can not look, and connects to nobody for it', async () => {
    const { answer, commands } = await checked(pipe(exec(closet, 'rm -rf /srv'), mail({})))
    expect(answer.successful.map(({ value }: any) => value)).toEqual([
      { changed: null, would: 'exec rm -rf /srv' },
      { changed: null, would: 'exec rm -rf /srv' },
    ])
    expect(commands).toEqual([])
  })

  test('goes on with what is unknown past functions that were not written for it', async () => {
    const { answer } = await checked(
      pipe(
        exec(closet, 'uptime'),
        map(({ stdout }) => stdout.trim()),
        pick(result => result.ok && result.value.length > 3),
        when(some(text => text.length > 0)),
        transform(({ successful }) => ({ successful, words: successful.map(({ value }) => value.length) })),
      ),
    )
    expect(answer.successful).toHaveLength(2)
    expect(answer.successful[0].value).toEqual({ changed: null, would: 'exec uptime' })
  })

  test('takes the likely way where a choice depends on what is unknown', async () => {
    const { answer } = await checked(
      pipe(
        exec(closet, 'uptime'),
        choose(
          some(({ exit }) => exit === 0),
          set('yes'),
          set('no'),
        ),
      ),
    )
    expect(answer.successful[0].value.what).toEqual(['yes'])
  })

  test('waits for nothing, and looks once at what is polled', async () => {
    const on = stage({}, {})
    const began = on.clock.now()
    const pipeline = pipe(
      set(closet, 'x'),
      wait('1h'),
      poll(set('y'), () => false, '1m', '1h'),
    )
    await on.run(checkOnly(pipeline))
    expect(on.clock.now() - began).toBeLessThan(60_000)
  })

  test('is checked inside loops and catches too', async () => {
    const inside = retry(
      timeout(
        recover(
          exec('touch x'),
          transform(() => closet),
        ),
        '1m',
      ),
    )
    const { commands } = await checked(pipe(set(closet, 'z'), inside as never))
    expect(commands.filter(command => String(command).includes('touch'))).toEqual([])
  })

  test('compiles, and what is not done has another name than the real operation', () => {
    const { tasks } = compile(checkOnly(pipe(exec(closet, 'x'), set('y'))), 'test')
    expect([...tasks.values()].map(({ definition }) => definition.name)).toEqual(['would.exec', 'set'])
    expect([...tasks.values()].map(({ definition }) => definition.effect)).toEqual(['read', 'idempotent'])
  })
})
