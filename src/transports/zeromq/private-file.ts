import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'

/**
 * Writes a file that its owner alone may read, and the folders to it. Whoever looks finds the old one or the new one,
 * whole; after a loss of power too. Without `replace` a file that is there stays, and the error's code is EEXIST. It
 * does not wait: these files are small, and what reads and writes them under a lock must not be interrupted.
 */
export function writePrivateFileSync(file: string, text: string, { replace }: { replace: boolean }): void {
  const folder = path.dirname(file)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file}.${randomBytes(4).toString('hex')}.new`
  try {
    writeAll(draft, text)
    if (replace) renameSync(draft, file)
    // Renaming would take the place of what somebody else has written meanwhile; a link never does.
    else linkSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
  syncFolder(folder)
}

function writeAll(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    const bytes = Buffer.from(text)
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Makes the name as durable as the file. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
