import type { FirstLogin, Job, Placed } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { openUndo } from '../undo.ts'
import { afterwards, finish, placed, refuseTakenName } from './create.ts'
import { deleteVolume, findVolume, needRoom, openPool } from './disks/pool.ts'
import { seedBytes } from './disks/seed.ts'
import { readVolume, volumeXml } from './disks/volumes.ts'
import { findDomain, needDomain, stateOf } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import { namedVolumes, rootFile } from './names.ts'
import { readOffer } from './offer.ts'
import type { PoolRef } from './rpc/index.ts'
import { orTakeBack } from './undo.ts'

/**
 * Makes a machine with the disks of another as they are, each copied whole, so that the two share nothing. The copy has a
 * name, a seed and a network card of its own. The other has to be off: disks that are written while they are read are no
 * copy of any moment.
 */
export async function cloneDomain(
  hypervisor: Hypervisor,
  system: System,
  copy: System,
  login: FirstLogin,
  job: Job,
): Promise<Placed> {
  const desk = hypervisor.desk(job)
  const seed = seedBytes(copy, login)
  if ((await findDomain(desk, copy.id)) !== undefined) return placed(copy)
  const domain = await needDomain(desk, system)
  const { state } = await stateOf(desk, domain)
  if (state !== 'stopped')
    throw new SystemTrouble(
      'refused',
      `${system.hostname} is ${state}: it is cloned while it is off; stop it first`,
    )
  await refuseTakenName(desk, copy)
  const offer = await readOffer(desk)
  const pool = await openPool(desk, desk.config.pool)
  await needRoom(desk, pool)
  const undo = openUndo()
  const after = afterwards(hypervisor, job)

  return orTakeBack(undo, async () => {
    const disks: [string, string, string | undefined][] = [
      [rootFile(system.id), rootFile(copy.id), undefined],
    ]
    const copies = namedVolumes(copy)
    for (const [index, volume] of namedVolumes(system).entries())
      disks.push([volume.file, copies[index]!.file, volume.pool])
    for (const [from, to, itsPool] of disks) {
      job.stage(`copying ${from}`)
      const place = itsPool === undefined ? pool : await openPool(desk, itsPool)
      undo.add(`the volume ${to}`, () => deleteVolume(after(), place, to))
      await copyVolume(desk, place, from, to)
    }
    await finish(desk, copy, { undo, after, pool, seed, offer })
    return placed(copy)
  })
}

async function copyVolume(desk: Desk, pool: PoolRef, from: string, to: string): Promise<void> {
  const original = await findVolume(desk, pool, from)
  if (original === undefined)
    throw new SystemTrouble('refused', `the disk ${from} is not in the pool ${pool.name} of ${desk.node}`)
  const { capacity } = await readVolume(desk, original)
  await deleteVolume(desk, pool, to)
  const xml = volumeXml({ name: to, format: 'qcow2', capacity })
  const input = { pool, xml, from: original }
  await desk.make('storageVolCreateXmlFrom', input, `copying ${from}`, Number.POSITIVE_INFINITY)
}
