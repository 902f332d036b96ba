import type { DestroyOptions } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { findInstance } from './find.ts'
import { stop } from './lifecycle.ts'
import type { Desk } from './node.ts'
import { removeInstance, settle } from './remove.ts'
import { deleteVolumes } from './volumes.ts'

/** Stops a container and deletes it with its snapshots and its volumes, but for those that are kept. */
export async function destroy(
  desk: Desk,
  system: System,
  { graceMs }: DestroyOptions,
): Promise<{ readonly kept: readonly string[] }> {
  const { client, job, options } = desk
  const found = await findInstance(desk, system)
  if (found) {
    await settle(client, found.name, options())
    await stop(desk, system, { graceMs, force: true })
    job.stage('deleting the container')
    await removeInstance(client, found.name, system, options())
  }
  return { kept: await deleteVolumes(desk, system) }
}
