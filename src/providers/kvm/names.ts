import { createHash } from 'node:crypto'
import { type Volume, volumeName } from '../../core/systems/parts.ts'
import type { System } from '../../core/systems/system.ts'

/**
 * The UUID of a system's domain, always the same one, so that a domain that was made is found again whatever was
 * written down of it: version 8 of RFC 9562, of the id's SHA-256.
 */
export function domainUuid(id: string): string {
  const bytes = createHash('sha256').update(`domain ${id}`).digest().subarray(0, 16)
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

/** Whether a system's reference is a UUID, as those of domains are. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

/** The network card's address, in the range that QEMU's machines use; the one that was asked for wins. */
export function macOf({ id, network }: Pick<System, 'id' | 'network'>): string {
  if (network?.mac !== undefined) return network.mac
  const digits = createHash('sha256').update(`network card ${id}`).digest('hex')
  return `52:54:00:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4, 6)}`
}

/** A disk besides the system's own, with all its names. */
export interface NamedVolume extends Volume {
  readonly name: string
  /** Its name in the storage pool. */
  readonly file: string
  /** Where the machine sees it. */
  readonly device: string
}

const volumeDevices = 'bcdefghijklmnopqrstuvwxy'

export const rootDevice = 'vda'
export const seedDevice = 'vdz'

export const rootFile = (id: string): string => `${id}.qcow2`
export const seedFile = (id: string): string => `${id}-seed.iso`

/** The volumes of a system: those without a name are `data-1`, `data-2` and so on. */
export function namedVolumes({ id, volumes }: Pick<System, 'id' | 'volumes'>): readonly NamedVolume[] {
  return volumes.map((volume, index) => {
    const name = volumeName(volume, index)
    return { ...volume, name, file: `${id}-${name}.qcow2`, device: `vd${volumeDevices[index]!}` }
  })
}
