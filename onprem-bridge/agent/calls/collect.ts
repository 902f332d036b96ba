import * as z from 'zod'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type Handler, handler } from '../call.ts'
import type { Stats } from './stats.ts'

/** Collections at once; each holds so many readings at most. */
const mostCollections = 16
const mostReadings = 5_000

const name = z.string().regex(/^[A-Za-z][\w.-]{0,59}$/)

interface Collection {
  readonly every: number
  readonly keep: number
  readonly since: string
  readonly timer: NodeJS.Timeout
  readings: Stats[]
  /** Readings that made room for newer ones. */
  dropped: number
  /** Readings that failed. */
  failed: number
}

/** The agent's collections, which go on whether a bridge is there or not. */
export interface Collections {
  readonly handlers: Readonly<Record<string, Handler>>
  stop(): void
}

/** Opens the collections: `collect` begins or changes one, `collected` reads it. They live as long as the agent does. */
export function openCollections(take: (signal: AbortSignal) => Promise<Stats>): Collections {
  const collections = new Map<string, Collection>()
  const closing = new AbortController()

  const end = (key: string) => {
    clearInterval(collections.get(key)?.timer)
    return collections.delete(key)
  }
  const begin = (key: string, every: number, keep: number) => {
    let reading = false
    const read = async () => {
      const own = collections.get(key)
      // A host that is too busy to be read in time is read less often.
      if (!own || reading) return
      reading = true
      try {
        own.readings.push(await take(closing.signal))
        const over = Math.max(0, own.readings.length - own.keep)
        own.readings.splice(0, over)
        own.dropped += over
      } catch {
        own.failed++
      } finally {
        reading = false
      }
    }
    const timer = setInterval(() => void read(), every)
    collections.set(key, {
      every,
      keep,
      since: new Date().toISOString(),
      timer,
      readings: [],
      dropped: 0,
      failed: 0,
    })
    void read()
  }

  const collect = handler(
    z.strictObject({
      name,
      /** Milliseconds; 0 ends the collection. */
      every: z.union([z.literal(0), z.int().min(100).max(86_400_000)]),
      keep: z.int().min(1).max(mostReadings).default(720),
    }),
    async ({ name, every, keep }) => {
      const known = collections.get(name)
      if (every === 0) return { name, collecting: false, was: end(name) }
      // Asking again for the same goes on with it, so that what is there is not lost.
      if (known?.every === every && known.keep === keep) return { name, collecting: true, was: true }
      if (!known && collections.size >= mostCollections)
        throw new HostTrouble(
          'refused',
          `the agent keeps ${mostCollections} collections at most: ${[...collections.keys()].join(', ')}; end one of them`,
        )
      const was = end(name)
      begin(name, every, keep)
      return { name, collecting: true, was }
    },
  )
  const collected = handler(z.strictObject({ name, clear: z.boolean().default(false) }), async params => {
    const own = collections.get(params.name)
    if (!own)
      throw new HostTrouble(
        'refused',
        `nothing is collected as ${params.name} here since the agent was started; begin with collect`,
      )
    const { every, since, readings, dropped, failed } = own
    if (params.clear) Object.assign(own, { readings: [], dropped: 0, failed: 0 })
    return { name: params.name, every, since, readings, dropped, failed }
  })
  return {
    handlers: { collect, collected },
    stop() {
      closing.abort()
      for (const key of [...collections.keys()]) end(key)
    },
  }
}
