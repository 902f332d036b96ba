import {
  DatabaseBusy,
  DatabaseDamaged,
  DatabaseReadOnly,
  DatabaseUnavailable,
  StorageFull,
} from './errors.ts'

/** The primary result codes of SQLite that are the world's fault and not ours (sqlite.org/rescode.html). */
const Code = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cantOpen: 14,
  notADatabase: 26,
}

/** The same of the file system, met while the file or its folder is made. */
const fromSystem: Readonly<Record<string, number>> = {
  ENOSPC: Code.full,
  EDQUOT: Code.full,
  EACCES: Code.readOnly,
  EPERM: Code.readOnly,
  EROFS: Code.readOnly,
}

/** SQLite's primary result code of what node:sqlite or the file system threw, if it comes from there. */
function primaryCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return thrown.errcode & 0xff
  if (!('syscall' in thrown && 'code' in thrown)) return undefined
  return fromSystem[String(thrown.code)] ?? Code.cantOpen
}

/** Whether SQLite says that what the file holds is no sound database. */
export function isDamage(thrown: unknown): boolean {
  const code = primaryCode(thrown)
  return code === Code.corrupt || code === Code.notADatabase
}

/** Whether another connection holds what was asked for. */
export function isBusy(thrown: unknown): boolean {
  const code = primaryCode(thrown)
  return code === Code.busy || code === Code.locked
}

/** Says what SQLite met in words that tell what to do next. Anything else is answered as it is. */
export function explainTrouble(thrown: unknown, file: string): unknown {
  const cause = { cause: thrown }
  switch (primaryCode(thrown)) {
    case Code.full:
      return new StorageFull(
        `${file} can't grow: free some space on its disk. What is under way is kept and written then`,
        cause,
      )
    case Code.readOnly:
      return new DatabaseReadOnly(
        `${file} can't be written: give this user the right to write it and its folder, and see that its disk ` +
          'is mounted for writing',
        cause,
      )
    case Code.busy:
    case Code.locked:
      return new DatabaseBusy(
        `another process holds ${file} for too long: try again, and end it if it hangs`,
        cause,
      )
    case Code.io:
    case Code.cantOpen:
      return new DatabaseUnavailable(
        `the system can't read or write ${file} (${(thrown as Error).message}): see to its disk and folder`,
        cause,
      )
    case Code.corrupt:
    case Code.notADatabase:
      return new DatabaseDamaged(
        `${file} is damaged (${(thrown as Error).message}): end what uses it and start again, which sets it ` +
          'aside and begins a new one',
        cause,
      )
    default:
      return thrown
  }
}
