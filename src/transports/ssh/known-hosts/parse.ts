import { createHash } from 'node:crypto'

/** One line of a known_hosts file that says something. `line` counts from 1. */
export interface KnownHostEntry {
  readonly marker: 'revoked' | 'cert-authority' | undefined
  /** Patterns, or one hashed name: `|1|salt|hash`. */
  readonly names: readonly string[]
  readonly type: string
  readonly key: Buffer
  readonly file: string
  readonly line: number
}

/**
 * Reads a known_hosts file. Lines that are no entries (comments, garbage, unknown markers) are passed over, as
 * OpenSSH does: a line that we can't read must not let a host in, and no line can.
 */
export function parseKnownHosts(text: string, file: string): KnownHostEntry[] {
  const entries: KnownHostEntry[] = []
  for (const [index, raw] of text.split('\n').entries()) {
    const entry = parseLine(raw.trim(), file, index + 1)
    if (entry !== undefined) entries.push(entry)
  }
  return entries
}

function parseLine(text: string, file: string, line: number): KnownHostEntry | undefined {
  if (text === '' || text.startsWith('#')) return undefined
  const words = text.split(/\s+/)
  const marker = words[0]?.startsWith('@') ? words.shift()?.slice(1) : undefined
  if (marker !== undefined && marker !== 'revoked' && marker !== 'cert-authority') return undefined
  const [names, type, encoded] = words
  if (names === undefined || type === undefined || encoded === undefined) return undefined
  const key = Buffer.from(encoded, 'base64')
  if (keyType(key) === undefined) return undefined
  return { marker, names: names.split(','), type, key, file, line }
}

/** The type that a public key blob says of itself, such as `ssh-ed25519`. */
export function keyType(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined
  const length = blob.readUInt32BE(0)
  return length > 0 && length <= 64 && blob.length >= 4 + length
    ? blob.toString('latin1', 4, 4 + length)
    : undefined
}

/** A key's fingerprint as OpenSSH prints it: `SHA256:…`. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}
