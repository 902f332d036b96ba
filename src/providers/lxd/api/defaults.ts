import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import type { Devices } from './instance.ts'

const profileSchema = z.object({ devices: z.record(z.string(), z.record(z.string(), z.string())).nullish() })

/** The devices that every instance has which names no profile. */
export async function readDefaultDevices(client: LxdClient, options: CallOptions): Promise<Devices> {
  const asked = { doing: 'reading the default profile', path: pathTo('profiles', 'default') }
  return (await client.read(asked, profileSchema, options)).value.devices ?? {}
}

/** The names of the storage pools. */
export async function listPools(client: LxdClient, options: CallOptions): Promise<string[]> {
  const asked = { doing: 'listing storage pools', path: pathTo('storage-pools'), query: { recursion: '1' } }
  return (await client.read(asked, z.array(z.object({ name: z.string() })), options)).value.map(
    ({ name }) => name,
  )
}
