import { fullName } from '../../../core/systems/full-name.ts'
import type { System } from '../../../core/systems/system.ts'
import { domainUuid, macOf, namedVolumes, rootDevice, rootFile, seedDevice, seedFile } from '../names.ts'
import { element, type XmlContent, xmlText } from '../xml/write.ts'
import { networkParts } from './network.ts'
import { toldElement } from './told.ts'

/** What a hypervisor offers for a machine: found out from it, not assumed. */
export interface Offer {
  /** `kvm` where it can, `qemu` (plain emulation) where it can't. */
  readonly type: string
  readonly arch: string
  readonly machine: string
  readonly emulator: string | undefined
}

/** Where its disks are. */
export interface Placement {
  readonly pool: string
  /** Libvirt's network, where the node's own is wanted. */
  readonly network: string
}

/**
 * The definition of a system's domain. It holds our description of it too, by which `sync` finds it.
 *
 * The seed is one more disk, read-only, and not a CD: kernels for clouds have no driver for one.
 */
export function domainXml(system: System, offer: Offer, place: Placement): string {
  const { cpu = 1, ram = 512 } = system
  const network = networkParts(system, macOf(system), place.network)
  return xmlText(
    element(
      'domain',
      {
        type: offer.type,
        ...(network.commandLine ? { 'xmlns:qemu': 'http://libvirt.org/schemas/domain/qemu/1.0' } : {}),
      },
      element('name', {}, system.hostname),
      element('uuid', {}, domainUuid(system.id)),
      element('title', {}, fullName(system)),
      system.description !== '' && element('description', {}, system.description),
      element('metadata', {}, toldElement(system)),
      element('memory', { unit: 'MiB' }, String(ram)),
      element('vcpu', {}, String(cpu)),
      element(
        'os',
        system.firmware === 'uefi' ? { firmware: 'efi' } : {},
        element('type', { arch: offer.arch, machine: offer.machine }, 'hvm'),
        // A boot menu would wait for nobody; a guest without secure boot's keys boots on every template.
        system.firmware === 'uefi' &&
          element('firmware', {}, element('feature', { enabled: 'no', name: 'secure-boot' })),
        element('boot', { dev: 'hd' }),
      ),
      element('features', {}, element('acpi'), element('apic')),
      element('cpu', offer.type === 'kvm' ? { mode: 'host-passthrough' } : { mode: 'maximum' }),
      element('clock', { offset: 'utc' }),
      element('on_poweroff', {}, 'destroy'),
      element('on_reboot', {}, 'restart'),
      element('on_crash', {}, 'destroy'),
      element('devices', {}, ...devices(system, offer, place), network.devices),
      network.commandLine,
    ),
  )
}

function devices(system: System, offer: Offer, { pool }: Placement): XmlContent[] {
  return [
    offer.emulator !== undefined && element('emulator', {}, offer.emulator),
    disk({ pool, file: rootFile(system.id), device: rootDevice, format: 'qcow2' }),
    ...namedVolumes(system).map(volume =>
      disk({
        pool: volume.pool ?? pool,
        file: volume.file,
        device: volume.device,
        format: 'qcow2',
        serial: volume.name.slice(0, 20),
      }),
    ),
    disk({ pool, file: seedFile(system.id), device: seedDevice, format: 'raw', readonly: true }),
    element('serial', { type: 'pty' }, element('target', { port: 0 })),
    element('console', { type: 'pty' }, element('target', { type: 'serial', port: 0 })),
    element(
      'channel',
      { type: 'unix' },
      element('target', { type: 'virtio', name: 'org.qemu.guest_agent.0' }),
    ),
    element('rng', { model: 'virtio' }, element('backend', { model: 'random' }, '/dev/urandom')),
    element('memballoon', { model: 'virtio' }),
    element('video', {}, element('model', { type: 'none' })),
  ]
}

interface Disk {
  readonly pool: string
  readonly file: string
  readonly device: string
  readonly format: string
  readonly readonly?: boolean
  readonly serial?: string
}

function disk({ pool, file, device, format, readonly = false, serial }: Disk) {
  return element(
    'disk',
    { type: 'volume', device: 'disk', ...(readonly ? { snapshot: 'no' } : {}) },
    element('driver', { name: 'qemu', type: format, ...(readonly ? {} : { discard: 'unmap' }) }),
    element('source', { pool, volume: file }),
    element('target', { dev: device, bus: 'virtio' }),
    readonly && element('readonly'),
    serial !== undefined && element('serial', {}, serial),
  )
}
