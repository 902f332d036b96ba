import * as z from 'zod'
import { whenFree } from './busy.ts'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'

/** How an instance is asked to change what it does. */
export interface PowerOptions extends CallOptions {
  /** Seconds that it has to follow by itself (30); after them the server gives up, and does not force it. */
  readonly grace?: number
  /** Ends it without asking it. */
  readonly force?: boolean
}

type Action = 'start' | 'stop' | 'restart' | 'freeze' | 'unfreeze'

const doing: Readonly<Record<Action, string>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  freeze: 'pausing',
  unfreeze: 'resuming',
}

/**
 * Starts, stops, restarts, pauses or resumes an instance and waits until it is done. An instance that does already what
 * it is asked for is refused with `failed`.
 *
 * @example
 * await power(client, 'redis-1', 'stop', { signal, grace: 60 })
 */
export async function power(
  client: LxdClient,
  name: string,
  action: Action,
  { grace = 30, force = false, ...options }: PowerOptions,
): Promise<void> {
  const body = { action, timeout: grace, force }
  const path = pathTo('instances', name, 'state')
  await whenFree(options, () =>
    client.change({ doing: `${doing[action]} ${name}`, method: 'PUT', path, body }, z.unknown(), options),
  )
}
