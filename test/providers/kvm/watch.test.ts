import { expect, test } from 'vitest'
import { systemClock } from '../../../src/executor/index.ts'
import type { Hypervisor } from '../../../src/providers/kvm/hypervisor.ts'
import { watchHypervisor } from '../../../src/providers/kvm/watch.ts'

const domain = { uuid: 'a-domain', name: 'redis', id: 5 }
const running = { state: 1, reason: 0 }

type OnEvent = (event: { domain: object; what: { happened: string } }) => void

/** A hypervisor whose domain ends while it is asked how it stands: the answer and the event come in one piece. */
function inOnePiece(): Hypervisor {
  let onEvent: OnEvent = () => {}
  const connection = {
    open: true,
    subscribe: async (_name: string, listener: OnEvent) => {
      onEvent = listener
      return { close: async () => {} }
    },
    onClose: () => () => {},
    call: async () => {
      queueMicrotask(() => onEvent({ domain, what: { happened: 'stopped' } }))
      return running
    },
  }
  const using = (_doing: string, work: (connection: object, limits: object) => unknown) =>
    work(connection, {})
  const desk = () => ({ using, call: async () => ({ domains: [domain] }) })
  return { name: 'n1', connect: async () => connection, desk } as unknown as Hypervisor
}

test('what was asked before an event is not told after it', async () => {
  const heard: string[] = []
  const stop = new AbortController()
  const watching = watchHypervisor(
    inOnePiece(),
    ({ state }) => void heard.push(state),
    stop.signal,
    systemClock,
  )
  await expect.poll(() => heard.length).toBeGreaterThan(0)
  // Whatever was asked has been answered by then.
  await new Promise(resolve => setImmediate(resolve))
  expect(heard).toEqual(['stopped'])
  stop.abort()
  await watching
})

/** One whose daemon says that a system has shut down, and not that its domain is off then, as after a restart it may. */
function thatSaysHalf(states: readonly (typeof running)[]): Hypervisor {
  const left = [...states]
  const connection = {
    open: true,
    subscribe: async (_name: string, listener: OnEvent) => {
      setImmediate(() => listener({ domain, what: { happened: 'shutdown' } }))
      return { close: async () => {} }
    },
    onClose: () => () => {},
    call: async () => left.shift() ?? { state: 5, reason: 1 },
  }
  const using = (_doing: string, work: (connection: object, limits: object) => unknown) =>
    work(connection, {})
  const desk = () => ({ using, call: async () => ({ domains: [domain] }) })
  return { name: 'n1', connect: async () => connection, desk } as unknown as Hypervisor
}

test('a domain whose system has shut down is looked at until it is off, where no event says so', async () => {
  const heard: string[] = []
  const stop = new AbortController()
  const slept: number[] = []
  const clock = {
    now: () => Date.now(),
    sleep: async (ms: number, signal?: AbortSignal) => {
      slept.push(ms)
      await new Promise(resolve => setImmediate(resolve))
      signal?.throwIfAborted()
    },
  }
  const hypervisor = thatSaysHalf([running, running, running])
  const watching = watchHypervisor(hypervisor, ({ state }) => void heard.push(state), stop.signal, clock)
  await expect.poll(() => heard.at(-1)).toBe('stopped')
  expect(heard).toEqual(['running', 'stopped'])
  expect(slept).toEqual([1_000, 1_000, 1_000])
  stop.abort()
  await watching
})
