import type { Desk } from '../hypervisor.ts'
import { rootFile } from '../names.ts'
import { findVolume, openPoolIfThere } from './pool.ts'
import { gib, readVolume } from './volumes.ts'

/** The GiB of a system's own disk; nothing where it is not in the node's pool, or its size is no whole number of them. */
export async function diskSize(desk: Desk, id: string): Promise<number | undefined> {
  const pool = await openPoolIfThere(desk, desk.config.pool)
  const volume = pool && (await findVolume(desk, pool, rootFile(id)))
  if (volume === undefined) return undefined
  const { capacity } = await readVolume(desk, volume)
  return capacity > 0 && capacity % gib === 0 ? capacity / gib : undefined
}
