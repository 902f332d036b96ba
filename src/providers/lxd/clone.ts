import type { FirstLogin, Placed } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { copyInstance } from './api/copy.ts'
import { copyVolume } from './api/volumes.ts'
import { build, findWhole } from './create.ts'
import { readDefaults, volumesOf } from './disks.ts'
import { mustFind, place } from './find.ts'
import type { Desk } from './node.ts'
import { orTakeBack } from './rollback.ts'
import { settingsOf } from './settings.ts'
import { makeVolume } from './volumes.ts'

/** Makes a copy of a system's container and of its volumes, as they are. */
export async function clone(desk: Desk, system: System, copy: System, login: FirstLogin): Promise<Placed> {
  const there = await findWhole(desk, copy)
  if (there !== undefined) return place(desk, there)
  const original = await mustFind(desk, system)
  const defaults = await readDefaults(desk)
  const originals = new Map(
    volumesOf(system, defaults.pool).map(volume => [`${volume.pool}/${volume.name}`, volume]),
  )
  const config = settingsOf(copy, login)
  return orTakeBack(desk, async undo => {
    for (const volume of volumesOf(copy, defaults.pool)) {
      const from = originals.get(`${volume.pool}/${volume.name}`)
      await makeVolume(
        desk,
        copy,
        volume,
        undo,
        from && ((client, pool, made, options) => copyVolume(client, pool, from.volume, made, options)),
      )
    }
    return build(desk, copy, config, defaults, undo, (made, options) =>
      copyInstance(desk.client, original.name, made, options),
    )
  })
}
