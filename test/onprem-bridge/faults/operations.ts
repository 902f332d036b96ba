/** The flows file of a bridge that things happen to: operations of each effect, on hosts and on none. */
import { appendFileSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, flow, type HostAtWork, hostOperation, hosts, operation, parallel } from 're-ops'
import * as z from 'zod'

const schema = z.strictObject({ id: z.string() })
const args = (id: string) => ({ id })

/** A host that an agent looks after is waited for: it may be starting again. */
const wait = () => 60_000

/** Writes down what it is about in the middle of its work, in a file of the host that has its own name. */
const deed =
  (file: string) =>
  async (host: HostAtWork, { id }: { readonly id: string }) => {
    const pause = () => `sleep 0.0${Math.floor(Math.random() * 8)}`
    const { stdout } = await host.exec(`${pause()}; echo '${id}' >> ~/${file}; ${pause()}; echo 'did ${id}'`)
    return stdout
  }

const look = hostOperation({ name: 'look', effect: 'read', schema, args, wait, each: deed('looked') })
const put = hostOperation({ name: 'put', effect: 'idempotent', schema, args, wait, each: deed('put') })
const touch = hostOperation({ name: 'touch', effect: 'change', schema, args, wait, each: deed('touched') })

/** Writes down that it has begun, and ends once a file is there. */
const linger = hostOperation({
  name: 'linger',
  effect: 'change',
  schema: z.strictObject({ id: z.string(), file: z.string() }),
  args: (id: string, file: string) => ({ id, file }),
  wait,
  each: async (host, { id, file }) => {
    const command = `echo '${id}' >> '${file}.begun'; until [ -e '${file}' ]; do sleep 0.02; done; echo 'did ${id}'`
    return (await host.exec(command)).stdout
  },
})

/** A change of no host, in a file of this machine. */
const change = operation({
  name: 'change',
  site: 'onprem',
  effect: 'change',
  schema: z.strictObject({ id: z.string(), file: z.string() }),
  handle: async (_data: unknown, { id, file }) => {
    await sleep(Math.random() * 60)
    appendFileSync(file, `${id}\n`)
    await sleep(Math.random() * 60)
    return `did ${id}`
  },
})

/** Writes down that it has begun, and answers once a file is there. */
const hold = operation({
  name: 'hold',
  site: 'onprem',
  effect: 'change',
  schema: z.strictObject({ id: z.string(), file: z.string(), bytes: z.int().default(0) }),
  handle: async (_data: unknown, { id, file, bytes }, { signal }: Context) => {
    appendFileSync(`${file}.begun`, `${id}\n`)
    while (!existsSync(file)) await sleep(10, undefined, { signal })
    return `did ${id}${'.'.repeat(bytes)}`
  },
})

/** Says far more of itself than anybody reads, and answers at length. */
const flood = operation({
  name: 'flood',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({ events: z.int(), bytes: z.int() }),
  handle: async (_data: unknown, { events, bytes }, { progress, step, signal }: Context) => {
    const stage = 'x'.repeat(8_000)
    for (let said = 0; said < events && !signal.aborted; said++) {
      progress({ kind: 'stage', step, host: `h${said % 1_000}`, stage })
      if (said % 125 === 124) await sleep(20)
    }
    return 'y'.repeat(bytes)
  },
})

const some = hosts(['foo'])

/** A bridge takes what its flows use. */
export const faults = flow({
  input: z.strictObject({}),
  steps: parallel(
    look(some, 'x'),
    put(some, 'x'),
    touch(some, 'x'),
    linger(some, 'x', 'x'),
    change({ id: 'x', file: 'x' }),
    hold({ id: 'x', file: 'x' }),
    flood({ events: 1, bytes: 1 }),
  ) as never,
})
