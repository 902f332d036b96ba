import type { ParsedKey } from 'ssh2'
import { type KeyFile, parseKey, readKeyFile } from './key-file.ts'
import type { AskPassphrase } from './options.ts'
import type { Ssh2Library } from './ssh2.ts'

/** A key can't be used, for a reason that its owner can do something about. */
export class KeyUnusable extends Error {
  override readonly name = 'KeyUnusable'
}

/** The keys of one transport: each file is read once, and each passphrase is asked for once. */
export interface Keyring {
  read(path: string): Promise<KeyFile>
  /** The private key of a locked file. Throws `KeyUnusable`. */
  unlock(path: string, text: string): Promise<ParsedKey>
}

/** As often as `ssh` asks before it gives a key up. */
const passphraseAttempts = 3

/** Keeps keys in memory, unlocked ones too, for as long as the transport lives. */
export function createKeyring(ssh2: Ssh2Library, askPassphrase: AskPassphrase | undefined): Keyring {
  const files = new Map<string, Promise<KeyFile>>()
  const unlocked = new Map<string, Promise<ParsedKey>>()
  // People answer one question at a time.
  let asking: Promise<unknown> = Promise.resolve()

  const ask = async (path: string, text: string): Promise<ParsedKey> => {
    const add = `add it to the agent with: ssh-add '${path}'`
    if (askPassphrase === undefined)
      throw new KeyUnusable(`it needs a passphrase and nobody can be asked; ${add}`)
    for (let attempt = 1; attempt <= passphraseAttempts; attempt++) {
      const passphrase = await askPassphrase(path)
      if (passphrase === undefined) throw new KeyUnusable(`it needs a passphrase and none was given; ${add}`)
      const key = parseKey(ssh2, text, passphrase)
      if (!(key instanceof Error)) return key
    }
    throw new KeyUnusable(`the passphrase was wrong ${passphraseAttempts} times; ${add}`)
  }
  return {
    read(path) {
      const file = files.get(path) ?? readKeyFile(ssh2, path)
      files.set(path, file)
      // What is missing or refused now may be put right before the next connection.
      file.then(
        found => (found.kind === 'absent' || found.kind === 'unusable' ? files.delete(path) : false),
        () => files.delete(path),
      )
      return file
    },
    unlock(path, text) {
      let key = unlocked.get(path)
      if (key === undefined) {
        key = asking.then(() => ask(path, text))
        asking = key.catch(() => undefined)
        unlocked.set(path, key)
      }
      return key
    },
  }
}
