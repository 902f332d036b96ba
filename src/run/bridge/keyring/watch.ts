import { type FSWatcher, mkdirSync, statSync, watch } from 'node:fs'
import path from 'node:path'
import type { Identity } from '../../../transports/zeromq/channel.ts'
import { KeyringTrouble } from './errors.ts'
import { readIfThere, readKeyring } from './file.ts'
import { isLive, type KeyEntry, type KeyringData } from './schema.ts'
import { expectToken, redeemToken } from './tokens.ts'

/** Milliseconds between two looks at the file, for changes that the system does not tell. */
const lookEveryMs = 500

/** Of a file that is to be read whatever its version is. */
const unread = 'unread'

/** Hears what becomes of the keyring while it is open. */
export interface KeyringListener {
  /** These keys open nothing any more, or are somebody else's now: whoever is connected by one is to be dropped. */
  onRevoked(entries: readonly KeyEntry[]): void
  /** It was read again, and these keys are let in that were not before. */
  onAdded?(entries: readonly KeyEntry[]): void
  /** It can't be read, and what was read last counts; `undefined` when it can be read again. Said once for each. */
  onTrouble?(trouble: KeyringTrouble | undefined): void
}

/** The keyring as whoever accepts connections needs it: current within a second. */
export interface Keyring {
  /** Whose key this is; nobody's when it was revoked or never let in. */
  find(key: string): Identity | undefined
  /** Tokens that can still be redeemed: while there are none, no stranger has any business here. */
  outstandingTokens(): number
  keys(): readonly KeyEntry[]
  /** Uses a token up; the key is found from then on. Rejects with `TokenRefused` and `KeyringTrouble`. */
  redeem(wish: {
    readonly token: string
    readonly key: string
    readonly host?: string | undefined
  }): Promise<Identity>
  /** Looks at the file now. */
  reload(): void
  readonly trouble: KeyringTrouble | undefined
  close(): void
}

/**
 * Opens the keyring and follows its file until it is closed. A file that is broken, half written or gone leaves what was
 * read last in force. Throws `KeyringTrouble` when it can't be read at first; where there is none, nobody is let in.
 *
 * @example
 * const keyring = watchKeyring(file, { onRevoked: entries => entries.forEach(drop) })
 * const admit = (key: string) => keyring.find(key)
 */
export function watchKeyring(file: string, listener: KeyringListener): Keyring {
  let version = versionOf(file)
  let data = readKeyring(file)
  let live = liveOf(data)
  let seen = version !== undefined
  let trouble: KeyringTrouble | undefined
  const tell = (found: KeyringTrouble | undefined) => {
    // A file that is being written looks broken in several ways, one after the other.
    const news = (found === undefined) !== (trouble === undefined)
    trouble = found
    if (news) listener.onTrouble?.(found)
  }

  const reload = () => {
    const now = versionOf(file)
    if (now === version) return
    version = now
    try {
      const read = readIfThere(file)
      if (read === undefined && seen) throw gone(file)
      if (read === undefined) return
      seen = true
      take(read)
      tell(undefined)
    } catch (error) {
      // What kept it from being read may be over although the file stays as it is, as when no more files could be opened.
      version = unread
      tell(error instanceof KeyringTrouble ? error : new KeyringTrouble(String(error), { cause: error }))
    }
  }
  const take = (read: KeyringData) => {
    const before = live
    data = read
    live = liveOf(read)
    const revoked = without(before, live)
    const added = without(live, before)
    if (revoked.length > 0) listener.onRevoked(revoked)
    if (added.length > 0) listener.onAdded?.(added)
  }

  const stop = follow(file, reload)
  return {
    find(key) {
      const entry = live.get(key)
      return entry && { name: entry.name, role: entry.role }
    },
    outstandingTokens() {
      const now = Date.now()
      return data.tokens.reduce((count, { expiresAt }) => count + (expiresAt > now ? 1 : 0), 0)
    },
    keys: () => data.keys,
    async redeem(wish) {
      // A stranger who guesses costs neither the lock nor the disk.
      reload()
      expectToken(data, wish.token)
      const identity = await redeemToken(file, wish)
      reload()
      return identity
    },
    reload,
    get trouble() {
      return trouble
    },
    close: stop,
  }
}

/** Calls back when the file may have changed: at once where the system tells, and every half second anyhow. */
function follow(file: string, look: () => void): () => void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  let watcher: FSWatcher | undefined
  try {
    // The folder, since the file is replaced and not written: what watches the file would watch the old one.
    watcher = watch(path.dirname(file), { persistent: false }, (_event, name) => {
      if (name === null || name === path.basename(file)) look()
    })
    watcher.on('error', () => watcher?.close())
  } catch {
    // A system that has no watches left; the timer looks.
  }
  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  return () => {
    watcher?.close()
    clearInterval(timer)
  }
}

function liveOf({ keys }: KeyringData): ReadonlyMap<string, KeyEntry> {
  return new Map(keys.filter(isLive).map(entry => [entry.key, entry]))
}

/** The keys of the one that are not the same person's, in the same role, in the other. */
function without(
  one: ReadonlyMap<string, KeyEntry>,
  other: ReadonlyMap<string, KeyEntry>,
): readonly KeyEntry[] {
  return [...one.values()].filter(({ key, name, role }) => {
    const there = other.get(key)
    return there?.name !== name || there.role !== role
  })
}

/** Changes whenever the file does, by renaming or in place. */
function versionOf(file: string): string | undefined {
  try {
    const { ino, size, mtimeNs, ctimeNs, mode } = statSync(file, { bigint: true })
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}:${mode}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return `unreadable: ${(error as NodeJS.ErrnoException).code}`
  }
}

function gone(file: string): KeyringTrouble {
  return new KeyringTrouble(
    `${file} is gone: bring it back, or revoke keys by reops keys revoke. A running bridge goes on with what it read last`,
  )
}
