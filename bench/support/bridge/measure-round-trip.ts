import { type Caller, percentile, timeCalls } from '../latency.ts'
import { printGoal } from '../table.ts'
import { openCloset } from './closet.ts'
import { type Echo, openEcho } from './echo.ts'
import { ask, pingRequest } from './noop.ts'
import { milliseconds, type Places, printRows } from './rows.ts'

/** Jobs before those that count. */
const warmUp = 500

const oneHop = 'ZeroMQ: client, router'
const twoHops = 'ZeroMQ: client, router, dealer'
const status = 'a question to the bridge'
const onDisk = 'a job, journal on the disk'
const inMemory = 'a job, journal in memory'

/**
 * One call after the other: to an agent and back as a job, beside frames of the same size that go the same way through the
 * same number of processes, with CURVE and nothing else.
 */
export async function measureRoundTrip(
  { disk, memory }: Places,
  bounds: { readonly rounds: number; readonly each: number },
): Promise<void> {
  const undo: (() => Promise<void>)[] = []
  try {
    const callers: Caller[] = []
    const worked = new Map<string, () => number[]>()
    const request = pingRequest(['foo'])
    const bytes = Buffer.alloc(JSON.stringify(request).length)
    for (const [name, hops] of [
      [oneHop, 1],
      [twoHops, 2],
    ] as const) {
      const echo: Echo = await openEcho(hops)
      undo.push(() => echo.close())
      callers.push({ name, call: () => echo.roundTrip(bytes) })
    }
    for (const [name, within] of [
      [inMemory, memory],
      [onDisk, disk],
    ] as const) {
      if (within === undefined) continue
      const { bridge, client, startAgent, close } = await openCloset({ within, hosts: ['foo'] })
      undo.push(close)
      const agent = await startAgent('foo')
      callers.push({ name, call: () => ask(client, request, 1) })
      // Compiling what it executes is not what a job costs.
      for (let count = 0; count < warmUp; count++) await ask(client, request, 1)
      const before = [bridge.cpu(), agent.cpu()]
      worked.set(name, () => [bridge, agent].map((process, index) => process.cpu() - before[index]!))
    }
    const asked = await openCloset({ within: disk, hosts: [] })
    undo.push(asked.close)
    callers.push({ name: status, call: async () => void (await asked.client.status()) })
    const took = await timeCalls(callers, bounds)
    const jobs = (bounds.rounds + 1) * bounds.each
    const [p50, p99] = [50, 99].map(part => (name: string) => percentile(took, name, part)) as [
      (name: string) => number,
      (name: string) => number,
    ]
    printRows(
      `A round trip, ${bounds.rounds} rounds of ${bounds.each}, one after the other`,
      ['', 'p50', 'p99', 'p50, × two hops', 'p99, × two hops', 'CPU of bridge and agent'],
      callers.map(({ name }) => [
        name,
        milliseconds(p50(name)),
        milliseconds(p99(name)),
        (p50(name) / p50(twoHops)).toFixed(2),
        (p99(name) / p99(twoHops)).toFixed(2),
        worked
          .get(name)?.()
          .map(ms => milliseconds(ms / jobs))
          .join(' and ') ?? '',
      ]),
    )
    for (const { name } of callers.filter(({ name }) => name === onDisk || name === inMemory))
      printGoal(`${name}, against ZeroMQ's two hops`, p50(name) / p50(twoHops), 3)
  } finally {
    for (const act of undo.reverse()) await act()
  }
}
