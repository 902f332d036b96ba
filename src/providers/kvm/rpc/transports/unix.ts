import net from 'node:net'
import { HostTrouble } from '../../../../core/ports.ts'
import type { LibvirtUri } from '../uri.ts'
import { opened } from './opened.ts'
import { socketCandidates } from './sockets.ts'

/** Connects to a daemon on this machine. Throws `HostTrouble`. */
export async function openUnix(uri: LibvirtUri, signal: AbortSignal): Promise<net.Socket> {
  const candidates = socketCandidates(uri)
  const refusals: { path: string; code: string; cause: unknown }[] = []
  for (const path of candidates) {
    const socket = net.connect(path)
    try {
      await opened(socket, 'connect', signal)
      return socket
    } catch (error) {
      signal.throwIfAborted()
      refusals.push({ path, code: codeOf(error), cause: error })
    }
  }
  throw troubleOf(uri, refusals)
}

function troubleOf(uri: LibvirtUri, refusals: { path: string; code: string; cause: unknown }[]): HostTrouble {
  const told = refusals.map(({ path, code }) => `${path} (${code})`).join(', ')
  const denied = refusals.some(({ code }) => code === 'EACCES' || code === 'EPERM')
  const advice = denied
    ? 'this user may not use it: be in the group libvirt, or use the session'
    : uri.path === '/session'
      ? 'nobody starts a session daemon for us: run `virsh -c qemu:///session list` once, or libvirtd'
      : 'is libvirtd (or virtqemud) running? `systemctl status libvirtd.socket` says so'
  return new HostTrouble(denied ? 'auth' : 'unreachable', `${uri.text}: no daemon on ${told}; ${advice}`, {
    cause: refusals[0]?.cause,
    detail: { sockets: refusals.map(({ path }) => path) },
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
