import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { findVolume } from '../disks/pool.ts'
import { readVolume, type VolumeFacts } from '../disks/volumes.ts'
import type { Desk } from '../hypervisor.ts'
import { templateOf, templateVolume } from '../images/template-name.ts'
import type { PoolRef, VolumeRef } from '../rpc/index.ts'
import { unlessAbsent } from '../trouble.ts'

/** The template that a system is made of: by its name, or the volume at an absolute path of the hypervisor. */
export async function findTemplate(desk: Desk, pool: PoolRef, os: string | undefined): Promise<VolumeFacts> {
  if (os === undefined)
    throw new SystemTrouble(
      'refused',
      `nothing says what the system is made of; write image(…), or set os for ${desk.node}. ${await known(desk, pool)}`,
    )
  const volume = os.startsWith('/')
    ? await atPath(desk, os)
    : await findVolume(desk, pool, templateVolume(os))
  if (volume === undefined)
    throw new SystemTrouble('refused', `${desk.node} has no template ${os}. ${await known(desk, pool)}`)
  return readVolume(desk, volume)
}

function atPath(desk: Desk, path: string): Promise<VolumeRef | undefined> {
  return desk.using(`looking for ${path}`, async (connection, limits) => {
    const found = await unlessAbsent(connection.call('storageVolLookupByPath', { path }, limits))
    return found?.volume
  })
}

async function known(desk: Desk, pool: PoolRef): Promise<string> {
  const names = await templateNames(desk, pool)
  return names.length > 0
    ? `It has ${names.join(', ')}`
    : `It has none; bring one there with: reops template import <file|url> --name <name> --on ${desk.node}`
}

/** The names of the templates in a pool, in alphabetical order. */
export async function templateNames(desk: Desk, pool: PoolRef): Promise<readonly string[]> {
  const { volumes } = await desk.call('storagePoolListAllVolumes', { pool }, `listing the pool ${pool.name}`)
  return volumes.flatMap(({ name }) => templateOf(name) ?? []).toSorted()
}
