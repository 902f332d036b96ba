import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { isTrouble, LxdError } from './errors.ts'
import { readInstance } from './instances.ts'

const volumeSchema = z.object({
  name: z.string(),
  config: z.record(z.string(), z.string()).nullish(),
  description: z.string().default(''),
  used_by: z.array(z.string()).nullish(),
})

/** A custom volume: one that lives on its own and may outlive the instances that it is attached to. */
export type CustomVolume = z.output<typeof volumeSchema>

export interface NewVolume {
  readonly name: string
  readonly description?: string
  /** `size: '10GiB'`, and `user.…` for what we say of it. */
  readonly config?: Readonly<Record<string, string>>
}

const inPool = (pool: string, ...rest: string[]) =>
  pathTo('storage-pools', pool, 'volumes', 'custom', ...rest)

/** The custom volumes of a pool. */
export async function listVolumes(
  client: LxdClient,
  pool: string,
  options: CallOptions,
): Promise<CustomVolume[]> {
  const asked = { doing: `listing the volumes of ${pool}`, path: inPool(pool), query: { recursion: '1' } }
  return (await client.read(asked, z.array(volumeSchema), options)).value
}

/** A custom volume, or nothing. */
export async function readVolume(
  client: LxdClient,
  pool: string,
  name: string,
  options: CallOptions,
): Promise<CustomVolume | undefined> {
  try {
    const asked = { doing: `reading the volume ${name}`, path: inPool(pool, name) }
    return (await client.read(asked, volumeSchema, options)).value
  } catch (error) {
    if (isTrouble(error, 'not-found')) return undefined
    throw error
  }
}

/** Makes an empty volume with a file system. A name that is taken is refused with `exists`. */
export async function createVolume(
  client: LxdClient,
  pool: string,
  made: NewVolume,
  options: CallOptions,
): Promise<void> {
  await client.change(
    {
      doing: `creating the volume ${made.name}`,
      method: 'POST',
      path: inPool(pool),
      body: { content_type: 'filesystem', ...made },
    },
    z.unknown(),
    options,
  )
}

/** Makes a volume with what another of the same pool holds, without its snapshots. */
export async function copyVolume(
  client: LxdClient,
  pool: string,
  from: string,
  made: NewVolume,
  options: CallOptions,
): Promise<void> {
  const source = { type: 'copy', pool, name: from, volume_only: true }
  await client.change(
    {
      doing: `copying the volume ${from} to ${made.name}`,
      method: 'POST',
      path: inPool(pool),
      body: { content_type: 'filesystem', ...made, source },
    },
    z.unknown(),
    options,
  )
}

/** Deletes a volume; one that is attached somewhere is refused. */
export async function deleteVolume(
  client: LxdClient,
  pool: string,
  name: string,
  options: CallOptions,
): Promise<void> {
  await client.change(
    { doing: `deleting the volume ${name}`, method: 'DELETE', path: inPool(pool, name) },
    z.unknown(),
    options,
  )
}

/** Attaches a volume to an instance as the folder `path`, in the device `device`. */
export async function attachVolume(
  client: LxdClient,
  instance: string,
  { device, pool, volume, path }: { device: string; pool: string; volume: string; path: string },
  options: CallOptions,
): Promise<void> {
  await client.change(
    {
      doing: `attaching the volume ${volume} to ${instance}`,
      method: 'PATCH',
      path: pathTo('instances', instance),
      body: { devices: { [device]: { type: 'disk', pool, source: volume, path } } },
    },
    z.unknown(),
    options,
  )
}

/** Takes a device off an instance. A change of the instance by somebody else meanwhile is refused with `changed`. */
export async function detachDevice(
  client: LxdClient,
  instance: string,
  device: string,
  options: CallOptions,
): Promise<void> {
  const doing = `detaching ${device} from ${instance}`
  const read = await readInstance(client, instance, options)
  if (!read) throw new LxdError('not-found', 'there is no such instance', { doing })
  const { architecture, config, description, devices, ephemeral, profiles } = read.value
  const { [device]: _, ...others } = devices ?? {}
  // Only a whole instance can lose a device: to PATCH, what isn't said stays as it is.
  await client.change(
    {
      doing,
      method: 'PUT',
      path: pathTo('instances', instance),
      body: { architecture, config, description, devices: others, ephemeral, profiles },
      etag: read.etag,
    },
    z.unknown(),
    options,
  )
}
