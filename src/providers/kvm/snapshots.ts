import type { Job, Placed, SnapshotInfo } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { diskSize } from './disks/root.ts'
import { readDomain } from './domain/read.ts'
import { needDomain, stateOf } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import { constants, type DomainRef, type SnapshotRef } from './rpc/index.ts'
import { unlessAbsent } from './trouble.ts'
import { readXml } from './xml/read.ts'
import { element, xmlText } from './xml/write.ts'

/**
 * Takes a snapshot of disks and, of a running machine, of its memory: inside the QCOW2 files, so that nothing else has to
 * be kept. One of that name that is there is the answer.
 */
export async function takeSnapshot(
  hypervisor: Hypervisor,
  system: System,
  name: string,
  job: Job,
): Promise<void> {
  const desk = hypervisor.desk(job)
  const domain = await needDomain(desk, system)
  if ((await findSnapshot(desk, domain, name)) !== undefined) return
  // Libvirt would say no in words of its own, about the memory in which UEFI keeps its settings.
  if (system.firmware === 'uefi' && (await stateOf(desk, domain)).state !== 'stopped')
    throw new SystemTrouble(
      'refused',
      `${system.hostname} has UEFI: its snapshots are taken while it is off; stop it first`,
    )
  job.stage(`taking the snapshot ${name}`)
  const xml = xmlText(element('domainsnapshot', {}, element('name', {}, name)))
  const input = { domain, xml, flags: 0 }
  // Its memory is written out, which takes as long as the disk is slow.
  await desk.call('domainSnapshotCreateXml', input, `taking the snapshot ${name}`, Number.POSITIVE_INFINITY)
}

/** Puts disks, sizes and memory back to a snapshot; the machine runs again if it ran then. */
export async function revertSnapshot(
  hypervisor: Hypervisor,
  system: System,
  name: string,
  job: Job,
): Promise<Placed> {
  const desk = hypervisor.desk(job)
  const domain = await needDomain(desk, system)
  const snapshot = await findSnapshot(desk, domain, name)
  if (snapshot === undefined) {
    const names = (await listSnapshots(hypervisor, system, job)).map(one => one.name)
    throw new SystemTrouble(
      'refused',
      `${system.hostname} has no snapshot ${name}; ${names.length > 0 ? `it has ${names.join(', ')}` : 'it has none'}`,
    )
  }
  job.stage(`reverting to ${name}`)
  // The state that is left behind is given up either way, so that a new QEMU may be begun for it.
  const input = { snapshot, flags: constants.snapshotRevert.force }
  const doing = `reverting to the snapshot ${name}`
  await desk.call('domainRevertToSnapshot', input, doing, Number.POSITIVE_INFINITY)
  return placedNow(desk, system, domain)
}

/** What the definition and the disk say, which are as they were at the snapshot. */
async function placedNow(desk: Desk, { id }: System, domain: DomainRef): Promise<Placed> {
  const { xml } = await desk.call('domainGetXmlDesc', { domain }, 'reading its sizes')
  const { cpu, ram, told } = readDomain(xml)
  const disk = await diskSize(desk, id)
  return { ...(await stateOf(desk, domain)), ref: domain.uuid, cpu, ram, disk: disk ?? told?.disk }
}

export async function listSnapshots(
  hypervisor: Hypervisor,
  system: System,
  job: Job,
): Promise<readonly SnapshotInfo[]> {
  const desk = hypervisor.desk(job)
  const domain = await needDomain(desk, system)
  const { snapshots } = await desk.call('domainListAllSnapshots', { domain }, 'asking for its snapshots')
  const infos = await Promise.all(
    snapshots.map(async snapshot => {
      const { xml } = await desk.call('domainSnapshotGetXmlDesc', { snapshot }, 'reading a snapshot')
      const read = readXml(xml)
      return {
        name: snapshot.name,
        at: Number(read.find('creationTime')?.text ?? 0) * 1000,
        running: read.find('state')?.text === 'running',
        parent: read.find('parent')?.find('name')?.text,
      }
    }),
  )
  const parents = new Map(infos.map(({ name, parent }) => [name, parent]))
  // Libvirt says when by the second; of two in the same one, the younger stands on the older.
  return infos
    .toSorted((a, b) => a.at - b.at || depth(a.name, parents) - depth(b.name, parents))
    .map(({ name, at, running }) => ({ name, at, running }))
}

/** How many snapshots one stands on. */
function depth(name: string, parents: ReadonlyMap<string, string | undefined>): number {
  let steps = 0
  for (let at = parents.get(name); at !== undefined && steps < parents.size; at = parents.get(at)) steps++
  return steps
}

function findSnapshot(desk: Desk, domain: DomainRef, name: string): Promise<SnapshotRef | undefined> {
  return desk.using(`looking for the snapshot ${name}`, async (connection, limits) => {
    const found = await unlessAbsent(connection.call('domainSnapshotLookupByName', { domain, name }, limits))
    return found?.snapshot
  })
}
