import type { Job, Placed, Resize } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { placed } from './create.ts'
import { findVolume, openPool } from './disks/pool.ts'
import { gib, readVolume } from './disks/volumes.ts'
import { metadataUri, toldText } from './domain/told.ts'
import { needDomain, stateOf } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import { rootDevice, rootFile } from './names.ts'
import { constants, type DomainRef } from './rpc/index.ts'

/**
 * Gives a machine other processors and memory, for which it has to be off, and a larger disk, for which it need not be.
 * A disk is never made smaller.
 */
export async function resizeDomain(
  hypervisor: Hypervisor,
  system: System,
  to: Resize,
  job: Job,
): Promise<Placed> {
  const desk = hypervisor.desk(job)
  const domain = await needDomain(desk, system)
  const { state } = await stateOf(desk, domain)
  if (state !== 'stopped' && (differs(to.cpu, system.cpu) || differs(to.ram, system.ram)))
    throw new SystemTrouble(
      'refused',
      `${system.hostname} is ${state}: processors and memory change while it is off; stop it first`,
    )
  const disk = to.disk === undefined ? system.disk : await growDisk(desk, system, domain, to.disk, state)
  if (differs(to.cpu, system.cpu)) {
    job.stage(`setting ${to.cpu} processors`)
    await setVcpus(desk, domain, to.cpu)
  }
  if (differs(to.ram, system.ram)) {
    job.stage(`setting ${to.ram} MiB of memory`)
    await setMemory(desk, domain, to.ram)
  }
  const resized = { ...system, cpu: to.cpu ?? system.cpu, ram: to.ram ?? system.ram, disk }
  await desk.call(
    'domainSetMetadata',
    {
      domain,
      type: constants.metadataType.element,
      metadata: toldText(resized),
      key: 'reops',
      uri: metadataUri,
      flags: constants.affect.config,
    },
    'writing down its new size',
  )
  return { ...placed(resized), state }
}

function differs(wanted: number | undefined, now: number | undefined): wanted is number {
  return wanted !== undefined && wanted !== now
}

async function setVcpus(desk: Desk, domain: DomainRef, vcpus: number): Promise<void> {
  const { config } = constants.affect
  const doing = `setting ${vcpus} processors`
  await desk.call('domainSetVcpusFlags', { domain, vcpus, flags: config | constants.vcpus.maximum }, doing)
  await desk.call('domainSetVcpusFlags', { domain, vcpus, flags: config }, doing)
}

async function setMemory(desk: Desk, domain: DomainRef, mib: number): Promise<void> {
  const { config } = constants.affect
  const memoryKib = BigInt(mib) * 1024n
  const doing = `setting ${mib} MiB of memory`
  const most = { domain, memoryKib, flags: config | constants.memory.maximum }
  await desk.call('domainSetMemoryFlags', most, doing)
  await desk.call('domainSetMemoryFlags', { domain, memoryKib, flags: config }, doing)
}

async function growDisk(
  desk: Desk,
  system: System,
  domain: DomainRef,
  size: number,
  state: string,
): Promise<number> {
  const pool = await openPool(desk, desk.config.pool)
  const volume = await findVolume(desk, pool, rootFile(system.id))
  if (volume === undefined)
    throw new SystemTrouble(
      'refused',
      `${system.hostname}: its disk ${rootFile(system.id)} is not in ${pool.name}`,
    )
  const { capacity } = await readVolume(desk, volume)
  const wanted = size * gib
  if (wanted < capacity)
    throw new SystemTrouble(
      'refused',
      `${system.hostname} has a disk of ${Math.ceil(capacity / gib)} GiB; a smaller one would cut off what is on it`,
    )
  if (wanted === capacity) return size
  desk.job.stage(`growing the disk to ${size} GiB`)
  const doing = 'growing the disk'
  if (state === 'stopped') {
    await desk.call('storageVolResize', { volume, capacity: wanted }, doing)
  } else {
    const flags = constants.blockResize.bytes
    await desk.call('domainBlockResize', { domain, disk: rootDevice, size: wanted, flags }, doing)
  }
  return size
}
