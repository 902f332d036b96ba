import { HostTrouble } from '../../src/core/ports.ts'

/** Does work about a name while nobody else does; whoever comes later waits, or hears that it was cancelled meanwhile. */
export function oneAtATime(): <T>(name: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>()
  return async (name, signal, work) => {
    const before = last.get(name) ?? Promise.resolve()
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const mine = before.then(() => done)
    last.set(name, mine)
    try {
      await orAborted(before, signal, name)
      return await work()
    } finally {
      resolve()
      if (last.get(name) === mine) last.delete(name)
    }
  }
}

async function orAborted(before: Promise<unknown>, signal: AbortSignal, name: string): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const abort = () =>
    reject(new HostTrouble('cancelled', `${name}: cancelled while somebody else was at work on its agent`))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  promise.catch(() => {})
  try {
    await Promise.race([before, promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
