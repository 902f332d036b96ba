import { closeSync, openSync } from 'node:fs'
import path from 'node:path'

/** Bytes of a unix socket's path; systems have from 104 to 108, with an end. */
const longest = 100

/**
 * A path by which a socket can be bound and dialled, until `close`. A state folder may lie deeper than a socket's path is
 * long; Linux then comes to it by an open folder. Elsewhere such a path is refused by whoever is given it.
 */
export function shortSocketPath(socket: string): { readonly path: string; close(): void } {
  if (Buffer.byteLength(socket) <= longest || process.platform !== 'linux')
    return { path: socket, close: () => {} }
  const folder = openSync(path.dirname(socket), 'r')
  return {
    path: `/proc/self/fd/${folder}/${path.basename(socket)}`,
    close: () => closeSync(folder),
  }
}
