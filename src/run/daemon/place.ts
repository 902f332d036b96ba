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

/** The files of the daemon of a state folder. */
export function daemonPlace(loaded: LoadedConfig): DaemonPlace {
  const folder = path.join(stateFolder(loaded), 'daemon')
  return {
    folder,
    lock: path.join(folder, 'daemon.lock'),
    pid: path.join(folder, 'daemon.pid'),
    socket: path.join(folder, 'daemon.sock'),
  }
}
