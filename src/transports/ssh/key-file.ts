import { readFile, stat } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import type { Ssh2Library } from './ssh2.ts'
import { errnoOf, wordsOf } from './trouble.ts'

/** What a key file turned out to be. */
export type KeyFile =
  | { readonly kind: 'absent' }
  /** It is there and can't be used; `reason` says why and what to do. */
  | { readonly kind: 'unusable'; readonly reason: string }
  /** Only the public half is here: an agent may hold the other. */
  | { readonly kind: 'public'; readonly key: ParsedKey }
  | { readonly kind: 'private'; readonly key: ParsedKey }
  /** The private half needs a passphrase; the public one is known without it, save for old PEM files. */
  | { readonly kind: 'locked'; readonly text: string; readonly key: ParsedKey | undefined }

/** Reads the key at `path` as OpenSSH would: refusing one that others may read. */
export async function readKeyFile(ssh2: Ssh2Library, path: string): Promise<KeyFile> {
  let text: string
  try {
    const { mode, uid } = await stat(path)
    if ((mode & 0o077) !== 0 && uid === process.getuid?.() && !path.endsWith('.pub')) {
      const bits = (mode & 0o777).toString(8).padStart(4, '0')
      return {
        kind: 'unusable',
        reason: `others may read it (its permissions are ${bits}); run: chmod 600 '${path}'`,
      }
    }
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return { kind: 'unusable', reason: wordsOf(error) }
    const key = await readPublicKey(ssh2, `${path}.pub`)
    return key ? { kind: 'public', key } : { kind: 'absent' }
  }
  const key = parseKey(ssh2, text)
  if (!(key instanceof Error)) return { kind: key.isPrivateKey() ? 'private' : 'public', key }
  if (!/encrypted/i.test(key.message))
    return { kind: 'unusable', reason: `it is no key that we can read: ${key.message}` }
  return { kind: 'locked', text, key: publicHalf(ssh2, text) ?? (await readPublicKey(ssh2, `${path}.pub`)) }
}

/** Parses a key; a file may hold several, of which the first counts. */
export function parseKey(ssh2: Ssh2Library, text: string | Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(text, passphrase)
  if (!Array.isArray(parsed)) return parsed
  return parsed[0] ?? new Error('it holds no key')
}

async function readPublicKey(ssh2: Ssh2Library, path: string): Promise<ParsedKey | undefined> {
  try {
    const key = parseKey(ssh2, await readFile(path, 'utf8'))
    return key instanceof Error ? undefined : key
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}

/** OpenSSH's own format keeps the public key in the clear before the encrypted part. */
function publicHalf(ssh2: Ssh2Library, text: string): ParsedKey | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  // Magic, then cipher, KDF, KDF options (strings), the number of keys, and the first public key (a string).
  let at = 'openssh-key-v1\0'.length
  for (let skipped = 0; skipped < 3; skipped++) {
    if (at + 4 > bytes.length) return undefined
    at += 4 + bytes.readUInt32BE(at)
  }
  at += 4
  if (at + 4 > bytes.length) return undefined
  const key = parseKey(ssh2, bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at)))
  return key instanceof Error ? undefined : key
}
