import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { type Snapshot, snapshotSchema } from './instance.ts'

/** An instance's snapshots. */
export async function listSnapshots(
  client: LxdClient,
  instance: string,
  options: CallOptions,
): Promise<Snapshot[]> {
  const asked = {
    doing: `listing the snapshots of ${instance}`,
    path: pathTo('instances', instance, 'snapshots'),
    query: { recursion: '1' },
  }
  return (await client.read(asked, z.array(snapshotSchema), options)).value
}

/** Keeps an instance's disk and configuration as they are under a name; one that is taken is refused with `exists`. */
export async function createSnapshot(
  client: LxdClient,
  instance: string,
  name: string,
  options: CallOptions,
): Promise<void> {
  await client.change(
    {
      doing: `taking the snapshot ${name} of ${instance}`,
      method: 'POST',
      path: pathTo('instances', instance, 'snapshots'),
      body: { name, stateful: false },
    },
    z.unknown(),
    options,
  )
}

/** Makes an instance what it was, configuration included. A running one is stopped and started by the server. */
export async function restoreSnapshot(
  client: LxdClient,
  instance: string,
  name: string,
  options: CallOptions,
): Promise<void> {
  const doing = `reverting ${instance} to ${name}`
  await client.change(
    { doing, method: 'PUT', path: pathTo('instances', instance), body: { restore: name } },
    z.unknown(),
    options,
  )
}

export async function deleteSnapshot(
  client: LxdClient,
  instance: string,
  name: string,
  options: CallOptions,
): Promise<void> {
  const path = pathTo('instances', instance, 'snapshots', name)
  const doing = `deleting the snapshot ${name} of ${instance}`
  await client.change({ doing, method: 'DELETE', path }, z.unknown(), options)
}
