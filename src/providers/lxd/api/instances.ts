import * as z from 'zod'
import { whenFree } from './busy.ts'
import { type CallOptions, type LxdClient, pathTo, type Read } from './client.ts'
import { isTrouble } from './errors.ts'
import type { RemoteImage } from './images.ts'
import { type Devices, type Instance, type InstanceState, instanceSchema, stateSchema } from './instance.ts'

/** What an instance is made of: an image here by alias or fingerprint, or an image elsewhere. */
export type Source = { readonly alias: string } | { readonly fingerprint: string } | RemoteImage

export interface NewInstance {
  readonly name: string
  readonly source: Source
  readonly type?: Instance['type']
  readonly description?: string
  readonly profiles?: readonly string[]
  readonly config?: Readonly<Record<string, string>>
  readonly devices?: Devices
}

/** What may be changed of an instance; a config value that is `null` takes the key away. */
export interface InstanceChange {
  readonly description?: string
  readonly config?: Readonly<Record<string, string | null>>
  readonly devices?: Devices
}

/** All instances; with `state`, what each does, by which addresses, and its snapshots, which takes the server longer. */
export async function listInstances(
  client: LxdClient,
  { state = false, ...options }: CallOptions & { readonly state?: boolean },
): Promise<Instance[]> {
  const query = { recursion: state ? '2' : '1' }
  const asked = { doing: 'listing instances', path: pathTo('instances'), query }
  return (await client.read(asked, z.array(instanceSchema), options)).value
}

/** One instance and the mark for changing it as it was read, or nothing. */
export async function readInstance(
  client: LxdClient,
  name: string,
  options: CallOptions,
): Promise<Read<Instance> | undefined> {
  try {
    return await client.read(
      { doing: `reading ${name}`, path: pathTo('instances', name) },
      instanceSchema,
      options,
    )
  } catch (error) {
    if (isTrouble(error, 'not-found')) return undefined
    throw error
  }
}

/** What an instance is doing. */
export async function readState(
  client: LxdClient,
  name: string,
  options: CallOptions,
): Promise<InstanceState> {
  const asked = { doing: `asking for the state of ${name}`, path: pathTo('instances', name, 'state') }
  return (await client.read(asked, stateSchema, options)).value
}

/**
 * Makes an instance, which is stopped then. A name that is taken is refused with `exists`.
 *
 * @example
 * await createInstance(client, { name: 'redis-1', source: { alias: 'debian' } }, { signal })
 */
export async function createInstance(
  client: LxdClient,
  made: NewInstance,
  options: CallOptions,
): Promise<void> {
  const source = { type: 'image', ...('server' in made.source ? { mode: 'pull' } : {}), ...made.source }
  await client.change(
    {
      doing: `creating ${made.name}`,
      method: 'POST',
      path: pathTo('instances'),
      body: { type: 'container', ...made, source },
    },
    z.unknown(),
    options,
  )
}

/** Changes some of an instance and leaves the rest. With `etag`, only when it is still as it was read. */
export async function changeInstance(
  client: LxdClient,
  name: string,
  body: InstanceChange,
  { etag, ...options }: CallOptions & { readonly etag?: string | undefined },
): Promise<void> {
  const path = pathTo('instances', name)
  await client.change({ doing: `changing ${name}`, method: 'PATCH', path, body, etag }, z.unknown(), options)
}

/** Gives a stopped instance another name. */
export async function renameInstance(
  client: LxdClient,
  name: string,
  to: string,
  options: CallOptions,
): Promise<void> {
  const doing = `renaming ${name} to ${to}`
  await client.change(
    { doing, method: 'POST', path: pathTo('instances', name), body: { name: to } },
    z.unknown(),
    options,
  )
}

/** Deletes a stopped instance and its snapshots; custom volumes that are attached to it stay. */
export async function deleteInstance(client: LxdClient, name: string, options: CallOptions): Promise<void> {
  const path = pathTo('instances', name)
  await whenFree(options, () =>
    client.change({ doing: `deleting ${name}`, method: 'DELETE', path }, z.unknown(), options),
  )
}
