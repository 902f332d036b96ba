import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import type { Hypervisor } from './open.ts'

/**
 * Copies a disk into a hypervisor's default pool, where libvirt then lists it, and answers its path there.
 *
 * @example
 * await putVolume(iron, (await guestImage()).qcow2, 'template.qcow2')
 */
export async function putVolume(hypervisor: Hypervisor, file: string, name: string): Promise<string> {
  const place = `/var/lib/libvirt/images/${name}`
  await copyFile(file, hypervisor.outside(place), constants.COPYFILE_FICLONE)
  await hypervisor.virsh('pool-refresh', 'default')
  return place
}
