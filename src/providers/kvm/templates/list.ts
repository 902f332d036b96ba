import type { Job } from '../../../core/systems/provider.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { deleteVolume, findVolume, openPool } from '../disks/pool.ts'
import { readVolume } from '../disks/volumes.ts'
import type { Desk, Hypervisor } from '../hypervisor.ts'
import { templateOf, templateVolume } from '../images/template-name.ts'
import type { PoolRef } from '../rpc/index.ts'
import { templateNames } from './find.ts'

/** A template of a hypervisor: sizes are bytes, `usedBy` are the volumes that only say their differences from it. */
export interface Template {
  readonly node: string
  readonly name: string
  readonly pool: string
  readonly format: string
  readonly capacity: number
  readonly usedBy: readonly string[]
}

/** Every template in the node's pool, with what is made of it. */
export async function listTemplates(hypervisor: Hypervisor, job: Job): Promise<readonly Template[]> {
  const desk = hypervisor.desk(job)
  const pool = await openPool(desk, desk.config.pool)
  const users = await backingOf(desk, pool)
  const templates: Template[] = []
  for (const name of await templateNames(desk, pool)) {
    const volume = await findVolume(desk, pool, templateVolume(name))
    if (volume === undefined) continue
    const { path, format, capacity } = await readVolume(desk, volume)
    const usedBy = users.get(path) ?? []
    templates.push({ node: desk.node, name, pool: pool.name, format, capacity, usedBy })
  }
  return templates
}

/** Takes a template away, unless something is made of it. Answers whether it was there. */
export async function removeTemplate(hypervisor: Hypervisor, name: string, job: Job): Promise<boolean> {
  const desk = hypervisor.desk(job)
  const pool = await openPool(desk, desk.config.pool)
  const volume = await findVolume(desk, pool, templateVolume(name))
  if (volume === undefined) return false
  const { path } = await readVolume(desk, volume)
  const users = (await backingOf(desk, pool)).get(path) ?? []
  if (users.length > 0)
    throw new SystemTrouble(
      'refused',
      `${users.join(', ')} of ${desk.node} are made of the template ${name} and can't be without it; destroy them first`,
    )
  return deleteVolume(desk, pool, volume.name)
}

/** The volumes of a pool by the path of what they are made of. */
async function backingOf(desk: Desk, pool: PoolRef): Promise<ReadonlyMap<string, readonly string[]>> {
  const { volumes } = await desk.call('storagePoolListAllVolumes', { pool }, `listing the pool ${pool.name}`)
  const own = volumes.filter(({ name }) => templateOf(name) === undefined)
  const facts = await Promise.all(
    own.map(async volume => ({ name: volume.name, ...(await readVolume(desk, volume)) })),
  )
  const backed = facts.filter(({ backing }) => backing !== undefined)
  return new Map(
    [...Map.groupBy(backed, ({ backing }) => backing!)].map(([path, users]) => [
      path,
      users.map(({ name }) => name),
    ]),
  )
}
