import type { Duplex } from 'node:stream'
import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { parseAs } from './envelope.ts'
import { isTrouble } from './errors.ts'

/**
 * What an instance wrote to its console since it was last started, as far as the server keeps it (the last 128 KiB or
 * so); empty for one that never started.
 */
export async function readConsole(
  client: LxdClient,
  instance: string,
  options: CallOptions,
): Promise<string> {
  const path = pathTo('instances', instance, 'console')
  try {
    return (await client.fetch({ doing: `reading the console of ${instance}`, path }, options)).toString(
      'utf8',
    )
  } catch (error) {
    if (isTrouble(error, 'not-found')) return ''
    throw error
  }
}

const secretsSchema = z.object({ fds: z.object({ '0': z.string(), control: z.string() }) })

/**
 * Attaches to the console of a running instance, to read and to type at, until the stream is destroyed. Rejects with
 * `LxdError`.
 *
 * @example
 * const console = await openConsole(client, 'redis-1', { signal })
 * process.stdin.pipe(console).pipe(process.stdout)
 */
export async function openConsole(
  client: LxdClient,
  instance: string,
  options: CallOptions,
): Promise<Duplex> {
  const doing = `opening the console of ${instance}`
  const path = pathTo('instances', instance, 'console')
  const body = { type: 'console', width: 80, height: 24 }
  const operation = await client.begin({ doing, method: 'POST', path, body }, options)
  const { fds } = parseAs(secretsSchema, operation.metadata, doing)
  const open = (secret: string) =>
    client.stream(
      { doing, path: pathTo('operations', operation.id, 'websocket'), query: { secret } },
      options,
    )
  const console = await open(fds['0'])
  try {
    // The server begins when both are there; nothing is said on the second but the size of the window.
    const control = await open(fds.control)
    control.on('error', () => console.destroy())
    control.resume()
    console.once('close', () => control.destroy())
    return console
  } catch (error) {
    console.destroy()
    throw error
  }
}
