import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { Desk } from '../hypervisor.ts'
import { constants, type PoolRef, type VolumeRef } from '../rpc/index.ts'
import { unlessAbsent } from '../trouble.ts'

/** A degraded pool has lost a disk and goes on. */
const activeStates: ReadonlySet<string | undefined> = new Set(['running', 'degraded'])

/** A pool with less room than this, in bytes, is full: a machine writes more before it says its name. */
const leastRoom = 16 * 1024 * 1024

/** A pool that runs. Throws `SystemTrouble`, which names it, for one that is absent or inactive. */
export async function openPool(desk: Desk, name: string): Promise<PoolRef> {
  const found = await openPoolIfThere(desk, name)
  if (found !== undefined) return found
  throw new SystemTrouble('refused', `${desk.node} has no storage pool ${name}; make one, or set pool for it`)
}

/** A pool that runs, or nothing where there is none of that name. Throws `SystemTrouble` for one that is inactive. */
export async function openPoolIfThere(desk: Desk, name: string): Promise<PoolRef | undefined> {
  const found = await findPool(desk, name)
  if (found === undefined) return undefined
  const { state } = await desk.call('storagePoolGetInfo', { pool: found }, `looking at the pool ${name}`)
  if (!activeStates.has(constants.poolStates[state]))
    throw new SystemTrouble(
      'refused',
      `the storage pool ${name} of ${desk.node} is not active; start it there`,
    )
  return found
}

function findPool(desk: Desk, name: string): Promise<PoolRef | undefined> {
  return desk.using(`looking for the pool ${name}`, async (connection, limits) => {
    const found = await unlessAbsent(connection.call('storagePoolLookupByName', { name }, limits))
    return found?.pool
  })
}

/** Refuses a pool that has no room, before anything is made in it. */
export async function needRoom(desk: Desk, pool: PoolRef): Promise<void> {
  const { available } = await desk.call('storagePoolGetInfo', { pool }, `looking at the pool ${pool.name}`)
  if (Number(available) >= leastRoom) return
  throw new SystemTrouble(
    'refused',
    `the storage pool ${pool.name} of ${desk.node} is full: ${available} bytes are left; make room there`,
    { detail: { pool: pool.name, available: Number(available) } },
  )
}

export function findVolume(desk: Desk, pool: PoolRef, name: string): Promise<VolumeRef | undefined> {
  return desk.using(`looking for the volume ${name}`, async (connection, limits) => {
    const found = await unlessAbsent(connection.call('storageVolLookupByName', { pool, name }, limits))
    return found?.volume
  })
}

/** Takes a volume away; answers whether it was there. */
export async function deleteVolume(desk: Desk, pool: PoolRef, name: string): Promise<boolean> {
  const volume = await findVolume(desk, pool, name)
  if (volume === undefined) return false
  return desk.using(`deleting the volume ${name}`, async (connection, limits) => {
    await unlessAbsent(connection.call('storageVolDelete', { volume }, limits))
    return true
  })
}
