import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type LoadedConfig, stateFolder } from '../config.ts'

/** Where a daemon keeps what it keeps besides the database. */
export interface DaemonPlace {
  /** Its owner's alone. */
  readonly folder: string
  readonly lock: string
  /** Which process it is. */
  readonly pid: string
  /** Where it is asked how it is. */
  readonly socket: string
}

/** Bytes of a unix socket's path; systems have from 104 to 108, with an end. */
const longestSocket = 100

/** The files of the daemon of a state folder. */
export function daemonPlace(loaded: LoadedConfig): DaemonPlace {
  const folder = path.join(stateFolder(loaded), 'daemon')
  const socket = path.join(folder, 'daemon.sock')
  return {
    folder,
    lock: path.join(folder, 'daemon.lock'),
    pid: path.join(folder, 'daemon.pid'),
    socket: Buffer.byteLength(socket) <= longestSocket ? socket : shortSocket(folder),
  }
}

/** A folder of our own, whose name whoever asks comes to by the same way. */
function shortSocket(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return path.join(tmpdir(), `reops-${process.getuid?.() ?? 0}-${hash}`, 'daemon.sock')
}
