import type { Desk } from '../hypervisor.ts'
import type { PoolRef, VolumeRef } from '../rpc/index.ts'
import { readXml } from '../xml/read.ts'
import { element, xmlText } from '../xml/write.ts'
import { deleteVolume } from './pool.ts'

export const gib = 1024 ** 3

/** Disks are written by the hypervisor's own user, whoever that is; nobody else reads them. */
const mode = '0600'

interface NewVolume {
  readonly name: string
  readonly format: 'qcow2' | 'raw'
  /** Bytes. */
  readonly capacity: number
  /** A raw one that is allocated as it is written. */
  readonly sparse?: boolean | undefined
  /** The disk that this one only says its differences from. */
  readonly backing?: { readonly path: string; readonly format: string } | undefined
}

/** The definition of a volume. A raw one is allocated whole unless it is sparse, a QCOW2 one as it is written. */
export function volumeXml({ name, format, capacity, backing, sparse = format !== 'raw' }: NewVolume): string {
  return xmlText(
    element(
      'volume',
      { type: 'file' },
      element('name', {}, name),
      element('capacity', { unit: 'bytes' }, String(capacity)),
      element('allocation', { unit: 'bytes' }, sparse ? '0' : String(capacity)),
      element(
        'target',
        {},
        element('format', { type: format }),
        element('permissions', {}, element('mode', {}, mode)),
        // Without it libvirt writes QCOW2 for QEMU 0.10, whose internal snapshots are slow.
        format === 'qcow2' && element('compat', {}, '1.1'),
      ),
      backing !== undefined &&
        element(
          'backingStore',
          {},
          element('path', {}, backing.path),
          element('format', { type: backing.format }),
        ),
    ),
  )
}

/** Makes a volume; what an attempt before left under the name is taken away first. */
export async function createVolume(desk: Desk, pool: PoolRef, wanted: NewVolume): Promise<VolumeRef> {
  await deleteVolume(desk, pool, wanted.name)
  const input = { pool, xml: volumeXml(wanted) }
  return (await desk.make('storageVolCreateXml', input, `making the volume ${wanted.name}`)).volume
}

/** Writes bytes into a volume from its beginning. */
export async function fillVolume(desk: Desk, volume: VolumeRef, bytes: Uint8Array): Promise<void> {
  await desk.using(`writing the volume ${volume.name}`, (connection, limits) =>
    connection.upload(volume, [bytes], limits),
  )
}

/** Where a volume is and how large, in bytes. */
export interface VolumeFacts {
  readonly path: string
  readonly format: string
  readonly capacity: number
  readonly backing: string | undefined
}

export async function readVolume(desk: Desk, volume: VolumeRef): Promise<VolumeFacts> {
  const { xml } = await desk.call('storageVolGetXmlDesc', { volume }, `looking at the volume ${volume.name}`)
  const found = readXml(xml)
  return {
    path: found.find('target', 'path')?.text ?? volume.key,
    format: found.find('target', 'format')?.attribute('type') ?? 'raw',
    capacity: Number(found.find('capacity')?.text ?? 0),
    backing: found.find('backingStore', 'path')?.text,
  }
}
