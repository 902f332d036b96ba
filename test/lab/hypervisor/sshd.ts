import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { makeKey } from '../keys.ts'
import { findProgram } from '../programs.ts'
import { openDoor } from './door.ts'
import type { Namespaces } from './namespaces.ts'

/** How to log in to a hypervisor, and to what is behind it. */
export interface GuestAccess {
  /** It listens on 127.0.0.1. */
  readonly port: number
  readonly user: 'root'
  /** A file with the private key that it accepts. */
  readonly key: string
  readonly publicKey: string
  /** A known_hosts file with its key. */
  readonly knownHosts: string
  /** What its sshd has logged. */
  log(): string
}

/** An sshd for each connection, in the namespaces, reached at a loopback port of this process's network. */
export async function openSshd(
  folder: string,
  inside: Namespaces,
): Promise<GuestAccess & { stop(): Promise<void> }> {
  const own = path.join(folder, 'sshd')
  await mkdir(own)
  const [key, hostKey] = [path.join(own, 'id_ed25519'), path.join(own, 'host_ed25519')]
  const [publicKey, hostPublicKey] = await Promise.all([makeKey(key), makeKey(hostKey)])
  const [authorized, config] = [path.join(own, 'authorized_keys'), path.join(own, 'sshd_config')]
  await writeFile(authorized, `${publicKey}\n`)
  await writeFile(config, settings(hostKey, authorized))
  const sshd = [findProgram('sshd') ?? 'sshd', '-i', '-e', '-f', config]
  const door = await openDoor(inside.enter(sshd))
  const knownHosts = path.join(own, 'known_hosts')
  await writeFile(knownHosts, `[127.0.0.1]:${door.port} ${hostPublicKey}\n`)
  return { port: door.port, user: 'root', key, publicKey, knownHosts, log: door.log, stop: door.stop }
}

function settings(hostKey: string, authorized: string): string {
  return [
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorized}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PrintMotd no',
    'UseDNS no',
    'Subsystem sftp internal-sftp',
    'LogLevel VERBOSE',
    '',
  ].join('\n')
}
