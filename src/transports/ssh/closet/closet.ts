/**
 * The embedded closet: several SSH servers on loopback that execute for real, so that a machine with nothing
 * but Node has a fleet to try things on. What this file keeps true:
 *
 * 1. Keys are made fresh for each closet and live in its own folder, readable by its owner alone.
 * 2. Each host sees its own home, name and environment; SFTP reaches nothing outside that home.
 * 3. `close`, and the end of this process where it is not killed outright, leave no process, socket or file.
 *
 * It is not a sandbox: a command is a real shell of whoever opened the closet and may do whatever they may.
 * That is why only 127.0.0.1 and only the generated key get in.
 */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ssh2, { type ParsedKey } from 'ssh2'
import * as z from 'zod'
import { homeEnvironment } from './environment.ts'
import { ClosetError } from './errors.ts'
import { makeFolder } from './folder.ts'
import { generateKey, knownHostsLine } from './keys.ts'
import { type ClosetHost, type ClosetHostSettings, closetOptionsSchema, defaultHosts } from './options.ts'
import { type Processes, trackProcesses } from './processes.ts'
import { holdRefusedPort } from './refused.ts'
import { seedHome } from './seed.ts'
import { serveHost } from './server.ts'
import { all, type Undo, undoAll } from './undo.ts'

export type { ClosetHost } from './options.ts'

/** Where a host of the closet is reached. */
export interface ClosetAddress {
  readonly name: string
  readonly address: '127.0.0.1'
  readonly port: number
  readonly user: string
}

/** An open closet. */
export interface Closet extends AsyncDisposable {
  /** The folder of this closet alone; a host's home is the folder of its name in it. */
  readonly folder: string
  readonly hosts: readonly ClosetAddress[]
  /** Path of the private key that the working hosts authorize (OpenSSH's format, mode 0600). */
  readonly key: string
  /** Path of a known_hosts file with the key of every host that is up, so that strict checking works. */
  readonly knownHosts: string
  /** Ends every remote process, closes every socket and removes what it made. A second call waits for the first. */
  close(): Promise<void>
}

export interface ClosetOptions {
  /** Where to put the closet's own folder; it is made when absent. */
  readonly folder: string
  /** Defaults to five working hosts, `dusty`, which is down, and `vault`, which refuses the key. */
  readonly hosts?: readonly ClosetHost[] | undefined
}

/**
 * Opens a closet of SSH hosts on loopback.
 *
 * @throws ClosetError when an option is wrong (it says which), or when a port or a key can't be had.
 * @example
 * await using closet = await openCloset({ folder: '.reops/closet' })
 */
export async function openCloset(options: ClosetOptions): Promise<Closet> {
  const { folder: parent, hosts } = checked(options)
  const undo: Undo[] = []
  const processes = trackProcesses(randomUUID())
  try {
    const folder = await makeFolder(parent, undo)
    undo.push(onExit(processes, folder), () => processes.killAll())
    const key = generateKey('closet')
    const opened: Opened = { folder, processes, undo, authorized: publicHalf(key.public) }
    const doors = await all(hosts.map(host => openHost(host, opened)))
    // Neither name can be a host's, which has no underscore.
    const paths = { key: join(folder, 'id_ed25519'), knownHosts: join(folder, 'known_hosts') }
    await writeFile(paths.key, key.private, { mode: 0o600 })
    await writeFile(paths.knownHosts, doors.map(door => door.knownHosts).join(''), { mode: 0o644 })

    let closing: Promise<void> | undefined
    const close = () => {
      closing ??= undoAll(undo)
      return closing
    }
    return { folder, hosts: doors.map(door => door.address), ...paths, close, [Symbol.asyncDispose]: close }
  } catch (error) {
    await undoAll(undo)
    throw error
  }
}

interface Opened {
  readonly folder: string
  readonly processes: Processes
  readonly undo: Undo[]
  readonly authorized: ParsedKey
}

async function openHost({ name, user, state, latencyMs }: ClosetHostSettings, opened: Opened) {
  const at = (port: number): ClosetAddress => ({ name, address: '127.0.0.1', port, user })
  if (state === 'down') {
    const refused = await holdRefusedPort()
    opened.undo.push(refused.close)
    return { address: at(refused.port), knownHosts: '' }
  }
  const home = join(opened.folder, name)
  await mkdir(home)
  await seedHome(home, name)
  const hostKey = generateKey(name)
  const server = await serveHost({
    home,
    env: homeEnvironment({ home, name, user, mark: opened.processes.mark }),
    latencyMs,
    processes: opened.processes,
    hostKey: hostKey.private,
    authorized: {
      user,
      key: state === 'refusing' ? publicHalf(generateKey('elsewhere').public) : opened.authorized,
    },
  })
  opened.undo.push(server.close)
  return { address: at(server.port), knownHosts: knownHostsLine(name, server.port, hostKey.public) }
}

function checked(options: ClosetOptions) {
  const parsed = closetOptionsSchema.safeParse({ ...options, hosts: options.hosts ?? defaultHosts })
  if (parsed.success) return parsed.data
  throw new ClosetError(`The closet's options are wrong. ${z.prettifyError(parsed.error)}`, {
    cause: parsed.error,
  })
}

/** For a process that ends without closing its closet: what can still be done without waiting. */
function onExit(processes: Processes, folder: string): Undo {
  const last = () => {
    processes.killNow()
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', last)
  return () => void process.off('exit', last)
}

function publicHalf(line: string): ParsedKey {
  const key = ssh2.utils.parseKey(line)
  if (key instanceof Error) throw new ClosetError('A generated key can not be read back.', { cause: key })
  return key
}
