import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import * as z from 'zod'
import type { AuditHead } from './entry.ts'
import { headFile } from './files.ts'

const schema = z.strictObject({ seq: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) })

/** What the file of the head says; `unreadable` where it is none. */
export function readHead(folder: string): AuditHead | 'absent' | 'unreadable' {
  try {
    return schema.parse(JSON.parse(readFileSync(headFile(folder), 'utf8')))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'unreadable'
  }
}

/** The file of the head while a log is written. */
export interface HeadKeeper {
  /** After the entry is on the disk. After a loss of power it may be an earlier one that is read, never a later one. */
  write(head: AuditHead): void
  close(): void
}

/** Opens it, for what is the head now. From then on it takes no more room on the disk. */
export function openHead(folder: string, now: AuditHead): HeadKeeper {
  const descriptor = openSync(headFile(folder), constants.O_RDWR | constants.O_CREAT, 0o600)
  const write = ({ seq, hash }: AuditHead) => {
    // Always as long as this and in one write, so that it is never half one and half another.
    writeSync(descriptor, `${JSON.stringify({ seq, hash }).padEnd(119)}\n`, 0)
  }
  write(now)
  return {
    write,
    close() {
      fsyncSync(descriptor)
      closeSync(descriptor)
    },
  }
}
