import type { FirstLogin, Job, Placed } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { openUndo, type Undo } from '../undo.ts'
import { defineDomain } from './define.ts'
import { deleteVolume, needRoom, openPool } from './disks/pool.ts'
import { placeSeed, seedBytes } from './disks/seed.ts'
import { createVolume, gib } from './disks/volumes.ts'
import { domainXml, type Offer } from './domain/write.ts'
import { findDomain, undefine } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import { domainUuid, namedVolumes, rootFile, seedFile } from './names.ts'
import { readOffer } from './offer.ts'
import type { PoolRef } from './rpc/index.ts'
import { findTemplate } from './templates/find.ts'
import { orTakeBack } from './undo.ts'

/** Milliseconds that all the taking back may take, when the job's own time is over. */
const takingBack = 30_000

/** The node's own network of libvirt. */
const ownNetwork = 'default'

/**
 * Makes a system's disks, its seed and its domain, which is left off. A domain that is there already is the answer;
 * disks without a domain are what an interrupted attempt left, and are made anew.
 */
export async function createDomain(
  hypervisor: Hypervisor,
  system: System,
  login: FirstLogin,
  job: Job,
): Promise<Placed> {
  const desk = hypervisor.desk(job)
  // What can't be told to the guest is refused before anything is made.
  const seed = seedBytes(system, login)
  job.stage('looking at the hypervisor')
  const found = await findDomain(desk, system.id)
  if (found !== undefined) return placed(system)
  await refuseTakenName(desk, system)
  const offer = await readOffer(desk)
  if (system.firmware === 'uefi' && !offer.uefi)
    throw new SystemTrouble(
      'refused',
      `${desk.node} has no UEFI firmware for machines; install one there (package ovmf), or leave uefi out`,
    )
  const pool = await openPool(desk, desk.config.pool)
  await needRoom(desk, pool)
  const template = await findTemplate(desk, pool, system.os)
  const undo = openUndo()
  const after = afterwards(hypervisor, job)

  return orTakeBack(undo, async () => {
    job.stage('cloning the disk')
    const capacity = Math.max(template.capacity, (system.disk ?? 0) * gib)
    const root = rootFile(system.id)
    undo.add(`the volume ${root}`, () => deleteVolume(after(), pool, root))
    const backing = { path: template.path, format: template.format }
    await createVolume(desk, pool, { name: root, format: 'qcow2', capacity, backing })
    await makeVolumes(desk, system, { undo, after, pool })
    await finish(desk, system, { undo, after, pool, seed, offer })
    return { ...placed(system), disk: Math.ceil(capacity / gib) }
  })
}

/** What the last steps of a create and of a clone share. */
export interface Making {
  readonly undo: Undo
  /** A desk with time of its own, for taking back. */
  readonly after: () => Desk
  readonly pool: PoolRef
}

async function makeVolumes(desk: Desk, system: System, { undo, after, pool }: Making): Promise<void> {
  for (const volume of namedVolumes(system)) {
    desk.job.stage(`making the volume ${volume.name}`)
    const itsPool = volume.pool === undefined ? pool : await openPool(desk, volume.pool)
    undo.add(`the volume ${volume.file}`, () => deleteVolume(after(), itsPool, volume.file))
    const capacity = volume.size * gib
    await createVolume(desk, itsPool, { name: volume.file, format: 'qcow2', capacity })
  }
}

/** Writes the seed and defines the domain. */
export async function finish(
  desk: Desk,
  system: System,
  { undo, after, pool, seed, offer }: Making & { readonly seed: Uint8Array; readonly offer: Offer },
): Promise<void> {
  desk.job.stage('writing the seed')
  undo.add(`the volume ${seedFile(system.id)}`, () => deleteVolume(after(), pool, seedFile(system.id)))
  await placeSeed(desk, pool, system, seed)
  desk.job.stage('defining the domain')
  undo.add(`the domain ${system.hostname}`, () => undefine(after(), system.id))
  const xml = domainXml(system, offer, { pool: pool.name, network: ownNetwork })
  await defineDomain(desk, system.hostname, xml)
}

export function placed({ id, cpu, ram, disk }: System): Placed {
  return { ref: domainUuid(id), state: 'stopped', cpu, ram, disk }
}

/** Libvirt would say no as well, but not what to do, and only after the disks were made. */
export async function refuseTakenName(desk: Desk, { hostname }: System): Promise<void> {
  const { domains } = await desk.call('connectListAllDomains', {}, 'looking for its name')
  if (!domains.some(({ name }) => name === hostname)) return
  throw new SystemTrouble(
    'refused',
    `${desk.node} has a domain named ${hostname} already, which is another system's or nobody's; take another name, or reops sync to see whose it is`,
  )
}

/** A desk whose time begins when it is first asked for, and which a cancelled job does not stop. */
export function afterwards(hypervisor: Hypervisor, { clock, stage, warn }: Job): () => Desk {
  let desk: Desk | undefined
  return () => {
    desk ??= hypervisor.desk({
      signal: AbortSignal.timeout(takingBack),
      deadline: clock.now() + takingBack,
      clock,
      stage,
      warn,
    })
    return desk
  }
}
