import type { FirstLogin } from '../../../core/systems/provider.ts'
import type { System } from '../../../core/systems/system.ts'
import { cloudInit } from '../../cloud-init/index.ts'
import type { Desk } from '../hypervisor.ts'
import { seedFile } from '../names.ts'
import type { PoolRef } from '../rpc/index.ts'
import { seedImage } from '../seed/seed-image.ts'
import { createVolume, fillVolume } from './volumes.ts'

/** The seed by which a guest learns who it is and who may log in. Throws `InvalidArguments` for what can't be told. */
export function seedBytes(system: System, { user, keys }: FirstLogin): Uint8Array {
  const { id, hostname, domain, packages, userData } = system
  return seedImage({
    ...cloudInit({ instanceId: id, hostname, domain, user, keys, packages, userData }),
  })
}

/** Puts the seed into the pool. */
export async function placeSeed(desk: Desk, pool: PoolRef, system: System, bytes: Uint8Array): Promise<void> {
  const volume = await createVolume(desk, pool, {
    name: seedFile(system.id),
    format: 'raw',
    capacity: bytes.length,
  })
  await fillVolume(desk, volume, bytes)
}
