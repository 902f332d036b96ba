import { setTimeout as sleep } from 'node:timers/promises'
import { ownValue } from '../../core/own-value.ts'
import type { Provider, Status } from '../../core/systems/provider.ts'
import type { LxdClient } from './api/client.ts'
import { isTrouble } from './api/errors.ts'
import { watchEvents } from './api/events.ts'
import { listInstances } from './api/instances.ts'
import type { Server } from './node.ts'
import { statusOf } from './placed.ts'

type Heard = Parameters<NonNullable<Provider['watch']>>[0]

const told: Readonly<Record<string, Status['state']>> = {
  'instance-created': 'stopped',
  'instance-started': 'running',
  'instance-restarted': 'running',
  'instance-ready': 'running',
  'instance-resumed': 'running',
  'instance-paused': 'paused',
  'instance-stopped': 'stopped',
  'instance-shutdown': 'stopped',
  'instance-deleted': 'missing',
}

/** Pauses before a lost server is asked again, in milliseconds: the first, and the longest. */
const pauses = { first: 500, longest: 10_000 }

/**
 * Tells what a server's instances do until the signal. When the connection is lost it is opened again for as long as
 * somebody listens, and everything is read once, since what happened meanwhile is told by nobody.
 */
export async function watchServer(
  { name, client }: Server,
  heard: Heard,
  signal: AbortSignal,
): Promise<void> {
  let pause = pauses.first
  while (!signal.aborted) {
    try {
      await listen(name, await client(), heard, signal, () => {
        pause = pauses.first
      })
    } catch (error) {
      // A server that is away comes back; one that refuses us, or a wrong configuration, does not by itself.
      if (!isTrouble(error, 'unreachable', 'timeout', 'failed', 'cancelled')) throw error
    }
    await sleep(pause * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined)
    pause = Math.min(pause * 2, pauses.longest)
  }
}

async function listen(
  node: string,
  client: LxdClient,
  heard: Heard,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  let read: Promise<void> | undefined
  const readAll = async () => {
    for (const { name, status } of await listInstances(client, { signal })) {
      heard({ ref: name, node, state: statusOf({ status, pid: 0 }).state })
    }
  }
  const events = watchEvents(client, { signal }, () => {
    onOpen()
    read = readAll()
    // It is awaited below; until then its failure is nobody's.
    read.catch(() => undefined)
  })
  for await (const { action, instance } of events) {
    // What was read before an event must not be told after it.
    await read
    const state = ownValue(told, action)
    if (state !== undefined) heard({ ref: instance, node, state })
  }
  await read
}
