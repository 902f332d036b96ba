import os from 'node:os'
import path from 'node:path'
import type { LibvirtUri } from '../uri.ts'

/** The folder of a machine's own daemons, as it is called on every machine: /var/run leads to /run where that exists. */
const systemFolder = '/var/run/libvirt'

/**
 * The sockets on which the daemon for a URI may listen, likeliest first: the one daemon for everything, then the
 * modular one of the driver. A session's folder is known on this machine only.
 */
export function socketCandidates({ driver, path: hypervisor, query }: LibvirtUri): readonly string[] {
  if (query.socket !== undefined) return [query.socket]
  const folder = hypervisor === '/session' ? sessionFolder() : systemFolder
  const one = path.posix.join(folder, 'libvirt-sock')
  const modular = path.posix.join(folder, `virt${driver}d-sock`)
  if (query.mode === 'legacy') return [one]
  if (query.mode === 'direct') return [modular]
  return [one, modular]
}

function sessionFolder(): string {
  const runtime = process.env.XDG_RUNTIME_DIR
  return runtime ? path.join(runtime, 'libvirt') : path.join(os.homedir(), '.cache', 'libvirt')
}
