import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { explainIssues } from '../../../core/errors.ts'
import { writePrivateFileSync } from '../../../transports/zeromq/private-file.ts'
import { KeyringTrouble } from './errors.ts'
import { type KeyringData, keyringSchema } from './schema.ts'

/** Milliseconds that a change waits for others; each of them takes a few. */
const patienceMs = 15_000

const empty: KeyringData = { version: 1, keys: [], tokens: [] }

/** What the file holds; nobody's keys where there is none. Throws `KeyringTrouble`. */
export function readKeyring(file: string): KeyringData {
  return readIfThere(file) ?? empty
}

/** The same; `undefined` where there is no file. */
export function readIfThere(file: string): KeyringData | undefined {
  const text = readText(file)
  if (text === undefined) return undefined
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw broken(file, (cause as Error).message, cause)
  }
  const parsed = keyringSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw broken(file, explainIssues(parsed.error.issues), parsed.error)
}

/**
 * Changes the keyring, alone among all processes that use this function: none of two changes is lost. `change` answers
 * what the file is to hold, and anything besides; it may throw, and nothing is written then. Rejects with
 * `KeyringTrouble` when the file can't be read or written, or others hold it for 15 s.
 */
export async function changeKeyring<T>(
  file: string,
  change: (data: KeyringData) => { readonly data: KeyringData; readonly answer: T },
): Promise<T> {
  // SQLite's lock is given up by the system when its holder dies, so that it is never stale; nothing is stored in it.
  const { whileAlone } = await import('../../../state/sqlite/set-aside.ts')
  const { isBusy } = await import('../../../state/sqlite/trouble.ts')
  const until = performance.now() + patienceMs
  for (;;) {
    try {
      return whileAlone(file, 0, () => {
        const { data, answer } = change(readKeyring(file))
        write(file, data)
        return answer
      })
    } catch (thrown) {
      if (!isBusy(thrown)) throw fromSystem(thrown) ? unwritable(file, thrown as Error) : thrown
      if (performance.now() > until)
        throw new KeyringTrouble(
          `another process holds ${file} for more than ${patienceMs / 1_000} s: try again, and end it if it hangs`,
          { cause: thrown },
        )
    }
    await sleep(2 + Math.random() * 18)
  }
}

function write(file: string, data: KeyringData): void {
  const now = Date.now()
  const kept = { ...data, tokens: data.tokens.filter(({ expiresAt }) => expiresAt > now) }
  writePrivateFileSync(file, `${JSON.stringify(kept, null, 2)}\n`, { replace: true })
}

function readText(file: string): string | undefined {
  try {
    const descriptor = openSync(file, 'r')
    try {
      const mode = fstatSync(descriptor).mode & 0o777
      if ((mode & 0o022) !== 0)
        throw new KeyringTrouble(
          `${file} can be written by others (mode 0${mode.toString(8)}), who could let anybody in: chmod 600 ${file}, ` +
            'and look through it with reops keys list',
        )
      return readFileSync(descriptor, 'utf8')
    } finally {
      closeSync(descriptor)
    }
  } catch (cause) {
    if (cause instanceof KeyringTrouble) throw cause
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new KeyringTrouble(`${file} can't be read: ${(cause as Error).message}`, { cause })
  }
}

function broken(file: string, why: string, cause: unknown): KeyringTrouble {
  return new KeyringTrouble(
    `${file} is no keyring (${why}): put right what was edited, or bring back a copy. A running bridge goes on with ` +
      'what it read last',
    { cause },
  )
}

function unwritable(file: string, cause: Error): KeyringTrouble {
  return new KeyringTrouble(`${file} can't be written, and is as it was: ${cause.message}`, { cause })
}

/** Errors of the file system and of SQLite, which a person can do something about. */
function fromSystem(thrown: unknown): boolean {
  return thrown instanceof Error && ('syscall' in thrown || 'errcode' in thrown)
}
