import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { LxdError } from './errors.ts'
import { type NewInstance, readInstance } from './instances.ts'

/**
 * Makes an instance out of another one, as it is, without its snapshots; the copy is stopped. Its configuration and its
 * devices are those of the other, with what is given here in their place. Custom volumes are not copied: say in
 * `devices` what takes their place.
 *
 * @example
 * await copyInstance(client, 'redis-1', { name: 'redis-2' }, { signal })
 */
export async function copyInstance(
  client: LxdClient,
  from: string,
  { name, config, devices, ...rest }: Omit<NewInstance, 'source'>,
  options: CallOptions,
): Promise<void> {
  const doing = `copying ${from} to ${name}`
  const read = await readInstance(client, from, options)
  if (!read) throw new LxdError('not-found', `there is no instance ${from}`, { doing })
  const { profiles, type, architecture, config: its } = read.value
  // What is volatile is the server's: addresses of network cards among it, which must not be there twice.
  const lasting = Object.fromEntries(Object.entries(its).filter(([key]) => !key.startsWith('volatile.')))
  const body = {
    name,
    type,
    architecture,
    profiles: profiles ?? [],
    config: { ...lasting, ...config },
    devices: devices ?? read.value.devices ?? {},
    ...rest,
    source: { type: 'copy', source: from, instance_only: true },
  }
  await client.change({ doing, method: 'POST', path: pathTo('instances'), body }, z.unknown(), options)
}
