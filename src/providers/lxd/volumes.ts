import { volumeName } from '../../core/systems/parts.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { CallOptions, LxdClient } from './api/client.ts'
import { listPools } from './api/defaults.ts'
import { type CustomVolume, createVolume, deleteVolume, listVolumes, readVolume } from './api/volumes.ts'
import type { OwnVolume } from './disks.ts'
import { marks } from './marks.ts'
import type { Desk } from './node.ts'
import type { Undo } from './rollback.ts'

/** Makes a volume unless there is one of this name: by `make`, or empty. One that is another's is refused. */
export async function makeVolume(
  desk: Desk,
  system: System,
  volume: OwnVolume,
  undo: Undo,
  make: typeof createVolume = createVolume,
): Promise<void> {
  const { client, options, job, node } = desk
  const { name, pool, size, keep } = volume
  const there = await readVolume(client, pool, volume.volume, options())
  if (there?.config?.[marks.id] === system.id) return
  if (there) {
    throw new SystemTrouble('exception', `${node} has a volume ${volume.volume} in ${pool} that is not ours`)
  }
  job.stage(`creating the volume ${name}`)
  undo.add(`the volume ${volume.volume} in ${pool} on ${node}`, (client, options) =>
    takeBack(client, pool, volume.volume, undo.attempt, options),
  )
  const own = { [marks.id]: system.id, [marks.making]: undo.attempt }
  const config = { size: `${size}GiB`, ...own, ...(keep ? { [marks.keep]: 'true' } : {}) }
  await make(
    client,
    pool,
    { name: volume.volume, description: `${name} of ${system.hostname}`, config },
    options(),
  )
}

async function takeBack(
  client: LxdClient,
  pool: string,
  name: string,
  attempt: string,
  options: CallOptions,
): Promise<void> {
  const there = await readVolume(client, pool, name, options)
  if (there?.config?.[marks.making] === attempt) await deleteVolume(client, pool, name, options)
}

/** A system's volume, wherever it is. */
interface Owned extends CustomVolume {
  readonly pool: string
}

/** All volumes on the node that were made for a system, by what is written on them. */
async function ownVolumes({ client, options }: Desk, id: string): Promise<Owned[]> {
  const pools = await listPools(client, options())
  const listed = await Promise.all(
    pools.map(async pool =>
      (await listVolumes(client, pool, options())).map(volume => ({ ...volume, pool })),
    ),
  )
  return listed.flat().filter(({ config }) => config?.[marks.id] === id)
}

/** Deletes a system's volumes but for those that are kept, whose names are returned. */
export async function deleteVolumes(desk: Desk, system: System): Promise<string[]> {
  const { client, options, job } = desk
  const kept = new Set(
    system.volumes.flatMap((volume, index) => (volume.keep ? [volumeName(volume, index)] : [])),
  )
  const names: string[] = []
  for (const { name, pool, config } of await ownVolumes(desk, system.id)) {
    if (config?.[marks.keep] === 'true' || kept.has(name.slice(system.id.length + 1))) names.push(name)
    else {
      job.stage(`deleting the volume ${name}`)
      await deleteVolume(client, pool, name, options())
    }
  }
  return names
}
