import type * as z from 'zod'
import type { cloudInitSchema } from './schema.ts'

type Given = z.output<typeof cloudInitSchema>

/** The configuration that makes a guest ours: its name, one user with keys, packages, mounts and commands. */
export function userConfig(given: Given): Record<string, unknown> {
  const { hostname, domain, packages, runcmd, mounts } = given
  const formats = mounts.filter(mount => mount.format === true)
  return {
    hostname,
    ...(domain === undefined ? {} : { fqdn: `${hostname}.${domain}` }),
    preserve_hostname: false,
    // The guest knows its own name, or sudo waits for a resolver.
    manage_etc_hosts: 'localhost',
    users: [user(given)],
    ssh_pwauth: false,
    disable_root: given.user !== 'root',
    ...(packages.length === 0 ? {} : { package_update: true, packages }),
    ...(formats.length === 0 ? {} : { fs_setup: formats.map(format) }),
    ...(mounts.length === 0 ? {} : { mounts: mounts.map(mountLine) }),
    ...(runcmd.length === 0 ? {} : { runcmd }),
  }
}

/** Keys only: the password is locked, and nothing asks for it. */
function user({ user: name, shell, keys }: Given): Record<string, unknown> {
  const login = { name, lock_passwd: true, ...(keys.length === 0 ? {} : { ssh_authorized_keys: keys }) }
  return name === 'root' ? login : { ...login, shell, sudo: 'ALL=(ALL) NOPASSWD:ALL' }
}

/**
 * `any` formats a device that is empty and leaves alone one that holds something, so that a volume which was
 * kept survives its next machine. `none` would format it again.
 */
function format({ device, filesystem }: Given['mounts'][number]): Record<string, unknown> {
  return { device, filesystem: filesystem ?? 'ext4', partition: 'any', overwrite: false }
}

/** As a line of /etc/fstab; a missing device must not keep the guest from starting. */
function mountLine({ device, path, filesystem, options }: Given['mounts'][number]): string[] {
  return [device, path, filesystem ?? 'auto', options ?? 'defaults,nofail', '0', '2']
}
