import type { Sources } from './sources.ts'

/** How hypervisors name themselves in the firmware's tables, by the names that systemd has for them. */
const firmware: readonly (readonly [RegExp, string])[] = [
  [/\bKVM\b/, 'kvm'],
  [/Amazon EC2/, 'amazon'],
  [/QEMU/, 'qemu'],
  [/VMware/, 'vmware'],
  [/VirtualBox|innotek/, 'oracle'],
  [/\bXen\b/, 'xen'],
  [/Microsoft Corporation Virtual Machine/, 'microsoft'],
  [/Parallels/, 'parallels'],
  [/\bBHYVE\b/i, 'bhyve'],
]

/**
 * What a host runs in: the container, or else the hypervisor, by systemd's names (`kvm`, `docker`, `vm-other` …).
 * `none` is said only where systemd or macOS says so; without them bare metal and an unknown hypervisor look the
 * same, and that is `null`.
 */
export function readVirtualization(sources: Sources): string | null {
  const said = sources.first('detect-virt') ?? sources.first('container') ?? sources.first('hypervisor-type')
  if (said !== undefined) return said
  const named = [sources.first('vendor'), sources.first('product')].join(' ')
  const known = firmware.find(([pattern]) => pattern.test(named))
  if (known) return known[1]
  const guest = sources.first('guest')
  if (sources.first('hypervisor') !== undefined || guest === '1') return 'vm-other'
  return guest === '0' ? 'none' : null
}
