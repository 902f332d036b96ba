import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import process from 'node:process'
import { leaveOut, type Needs, needs } from '../../support/needs.ts'

const programs = [
  'libvirtd',
  'virtlogd',
  'virsh',
  'qemu-system-x86_64',
  'qemu-img',
  'dnsmasq',
  'iptables',
  'ip',
  'unshare',
  'nsenter',
  'setpriv',
  'busybox',
  'sshd',
]

const guestPrograms = [
  'apt-get',
  'dpkg-deb',
  'dropbear',
  'gzip',
  'mcopy',
  'mke2fs',
  'syslinux',
  '/usr/lib/syslinux/mbr/mbr.bin',
]

/**
 * Options for `describe` or `test` that leave it out where no hypervisor can be opened; the summary says why.
 *
 * @example
 * describe('clones', canHypervise(), () => { … })
 */
export function canHypervise(): Needs {
  return can(programs)
}

/**
 * The same for tests that also start the guest of `guestImage`.
 *
 * @example
 * describe('readiness', canBootGuests(), () => { … })
 */
export function canBootGuests(): Needs {
  if (process.arch !== 'x64') return leaveOut('the guests of the lab are for x64')
  return can([...programs, ...guestPrograms])
}

function can(all: readonly string[]): Needs {
  const missing = needs(...all)
  if (missing.skip) return missing
  if (process.getuid?.() !== 0) return leaveOut('needs root')
  if (!existsSync('/dev/net/tun')) return leaveOut('needs /dev/net/tun')
  try {
    execFileSync('unshare', ['-n', '-m', '-u', '-i', '-p', '--mount-proc', '--fork', 'true'], {
      stdio: 'pipe',
    })
    return {}
  } catch (error) {
    return leaveOut(`needs namespaces: ${error instanceof Error ? error.message : error}`)
  }
}
