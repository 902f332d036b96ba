import { type CallOptions, type LxdClient, pathTo } from './client.ts'
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
