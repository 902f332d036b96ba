import { defined } from '../../core/defined.ts'
import type { Placed, Resize } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { tell } from '../../core/systems/told.ts'
import { changeInstance } from './api/instances.ts'
import { readDefaults, rootDevice, rootName, rootOf } from './disks.ts'
import { mustFind, place } from './find.ts'
import { marks } from './marks.ts'
import type { Desk } from './node.ts'
import { limitsOf } from './settings.ts'

/** Gives a container other limits, which hold at once where the server can. */
export async function resize(desk: Desk, system: System, to: Resize): Promise<Placed> {
  const { client, job, options } = desk
  const { name, expanded_devices } = await mustFind(desk, system)
  job.stage('changing the limits')
  const all = expanded_devices ?? {}
  const pool = rootOf(all)?.pool ?? (await readDefaults(desk)).pool
  const devices = to.disk === undefined ? {} : { devices: { [rootName(all)]: rootDevice(pool, to.disk) } }
  const config = {
    ...limitsOf(to),
    [marks.told]: tell({ ...system, ...defined({ cpu: to.cpu, ram: to.ram, disk: to.disk }) }),
  }
  await changeInstance(client, name, { config, ...devices }, options())
  return place(desk, name)
}
