import { randomUUID } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import {
  each,
  type Flow,
  flow,
  hostOperation,
  hosts,
  operation,
  parallel,
  pipe,
  retry,
  transform,
  wait,
} from '../../../src/index.ts'

/** One line of what handlers did, written before a kill can take it away. */
export interface Deed {
  readonly execution: string
  readonly step: string
  readonly nonce: string
  readonly what: 'begin' | 'end'
}

const log = process.env.DEEDS ?? ''

async function work(execution: string, step: string): Promise<string> {
  const nonce = randomUUID()
  const write = (what: Deed['what']) =>
    appendFileSync(log, `${JSON.stringify({ execution, step, nonce, what } satisfies Deed)}\n`)
  write('begin')
  await sleep(Math.random() * 12)
  write('end')
  return nonce
}

/** Does something and adds to its data which time it was done: `{ step: nonce }`. */
const deed = (name: string, effect: 'read' | 'idempotent' | 'change') =>
  operation({
    name,
    site: 'code',
    effect,
    schema: z.strictObject({ step: z.string() }),
    handle: async (data: Record<string, unknown>, { step }, { execution }) => {
      const of = data.item === undefined ? step : `${step}[${data.item}]`
      return { ...data, [of]: await work(execution.name, of) }
    },
  })

const look = deed('look', 'read')
const set = deed('set', 'idempotent')
const change = deed('change', 'change')

const touch = hostOperation({
  name: 'touch',
  effect: 'change',
  schema: z.strictObject({}),
  args: () => ({}),
  each: async (host, _args, { execution }) => work(execution.name, `touch ${host.name}`),
})

const input = z.strictObject({ n: z.int() })
const start = transform(({ n }: { n: number }) => ({ n }) as Record<string, unknown>)

export const victims: ReadonlyMap<string, Flow> = new Map(
  Object.entries({
    line: flow({
      input,
      steps: pipe(
        transform((_data: undefined, about) => about.input as { n: number }),
        start,
        change({ step: 'change' }),
        set({ step: 'set' }),
        wait('1s'),
        look({ step: 'look' }),
        change({ step: 'change again' }),
      ) as never,
    }),
    retried: flow({
      input,
      steps: pipe(
        transform((_data: undefined, about) => about.input as { n: number }),
        start,
        retry(change({ step: 'retried change' }), { attempts: 50, every: '1s', backoff: 1 }),
        set({ step: 'set' }),
      ) as never,
    }),
    wide: flow({
      input,
      steps: pipe(
        transform((_data: undefined, about) => about.input as { n: number }),
        start,
        parallel(
          pipe(set({ step: 'left' }), look({ step: 'left more' })),
          pipe(look({ step: 'right' }), set({ step: 'right more' })),
        ),
        transform(([a, b]: Record<string, unknown>[]) => ({ ...a, ...b })),
      ) as never,
    }),
    items: flow({
      input,
      steps: pipe(
        transform((_data: undefined) => [0, 1, 2, 3, 4].map(item => ({ item }))),
        each(set({ step: 'item' }) as never, { atMost: 5, concurrency: 2 } as never),
        each(look({ step: 'looked at' }) as never, { concurrency: 3 } as never),
        transform((all: unknown) => Object.assign({}, ...(all as object[]))),
      ) as never,
    }),
    fleet: flow({
      input,
      steps: pipe(touch(hosts(['a', 'b', 'c']))) as never,
    }),
  }),
)
