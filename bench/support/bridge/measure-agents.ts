import os from 'node:os'
import { contest } from '../contest.ts'
import { medianOf, printGoal } from '../table.ts'
import { openCloset } from './closet.ts'
import { ask, pingRequest } from './noop.ts'
import { hostNames, milliseconds, printRows } from './rows.ts'

/** So many processes hold the agents. */
const crowds = 4

/** Many agents on one bridge: what it takes of memory, how fast they are there, and how fast all of them answer. */
export async function measureAgents(count: number, rounds: number): Promise<void> {
  const hosts = hostNames(count)
  // Whoever asks so many means all of them at once.
  const closet = await openCloset({
    within: os.tmpdir(),
    hosts,
    config: { concurrency: Math.min(1_000, count) },
  })
  try {
    await closet.client.status()
    const before = closet.bridge.resident()
    const began = performance.now()
    await closet.startCrowd(hosts, crowds)
    const registered = performance.now() - began
    const idle = closet.bridge.resident()
    const request = pingRequest(hosts)
    const all = `${count} agents, asked once each`
    const cpu = closet.bridge.cpu()
    const results = await contest([{ name: all, run: () => ask(closet.client, request, count) }], {
      rounds,
      warmUp: 1,
    })
    const [{ median, fastest, slowest }] = results as [(typeof results)[0]]
    const mebibytes = (bytes: number) => `${(bytes / 1_024 ** 2).toFixed(0)} MiB`
    printRows(
      `${count} agents on one bridge, in ${crowds} processes on the same machine`,
      ['', ''],
      [
        ['the bridge without agents', mebibytes(before)],
        ['with all registered', mebibytes(idle)],
        ['after they were asked', mebibytes(closet.bridge.resident())],
        ['an agent', `${((idle - before) / 1_024 / count).toFixed(1)} KiB`],
        ['from starting their processes until all have registered', milliseconds(registered)],
        [
          'processor time of the bridge for all, once',
          milliseconds((closet.bridge.cpu() - cpu) / (rounds + 1)),
        ],
        [all, `${milliseconds(median)} (${milliseconds(fastest)} to ${milliseconds(slowest)})`],
      ],
    )
    printGoal('all have answered, against a second', medianOf(results, all) / 1_000, 1)
  } finally {
    await closet.close()
  }
}
