import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Identity } from '../../../transports/zeromq/channel.ts'
import { KeyRefused, TokenRefused } from './errors.ts'
import { changeKeyring } from './file.ts'
import { checkName, withKey } from './keys.ts'
import { isLive, type KeyringData, type TokenEntry } from './schema.ts'

/** Seconds that a token may be used, unless it is said otherwise. */
export const usualTokenSeconds = 3_600

/** Tokens that may wait at once. Each is looked at when one is redeemed. */
const mostTokens = 10_000

export interface TokenWish {
  readonly host: string
  /** From now; an hour otherwise. */
  readonly seconds?: number | undefined
  /** Whoever redeems it takes the place of the host's present key, which is revoked then. */
  readonly replace?: boolean | undefined
}

/** A token as it is handed out, once. It is nowhere else: the keyring has its SHA-256 only. */
export interface Token {
  readonly token: string
  readonly host: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/**
 * Issues a token by which a host's agent enrols, once. A token that the host had before opens nothing any more. Rejects
 * with `KeyRefused` when the host has a key and `replace` is not asked for.
 *
 * @example
 * const { token } = await issueToken(file, { host: 'foo' })
 */
export function issueToken(
  file: string,
  { host, seconds = usualTokenSeconds, replace = false }: TokenWish,
): Promise<Token> {
  return changeKeyring(file, data => {
    checkName(host)
    if (!replace && agentOf(data, host))
      throw new KeyRefused(
        `the agent of ${host} has a key already; --replace lets another one take its place, and reops agents revoke ` +
          `${host} ends it now`,
      )
    if (data.tokens.length >= mostTokens)
      throw new KeyRefused(`${mostTokens} tokens wait already; they go as they expire`)
    const token = randomBytes(32).toString('hex')
    const expiresAt = Date.now() + Math.round(seconds * 1_000)
    const entry: TokenEntry = {
      hash: hashOf(token).toString('hex'),
      host,
      expiresAt,
      ...(replace ? { replace } : {}),
    }
    const others = data.tokens.filter(other => other.host !== host)
    return { data: { ...data, tokens: [...others, entry] }, answer: { token, host, expiresAt } }
  })
}

/** Takes a host's tokens back. Answers how many there were. */
export function withdrawTokens(file: string, host: string): Promise<number> {
  return changeKeyring(file, data => {
    const tokens = data.tokens.filter(other => other.host !== host)
    return { data: { ...data, tokens }, answer: data.tokens.length - tokens.length }
  })
}

/**
 * Uses a token up: its host's agent has this key from now on. `host` is what the stranger claims to be, where it does; a
 * claim that is not the token's is refused and uses nothing up. Rejects with `TokenRefused`, whose message tells a
 * stranger nothing of what the keyring holds.
 */
export function redeemToken(
  file: string,
  { token, key, host }: { readonly token: string; readonly key: string; readonly host?: string | undefined },
): Promise<Identity> {
  return changeKeyring(file, data => {
    const found = expectToken(data, token)
    if (host !== undefined && host !== found.host)
      throw new TokenRefused('this token is for another host; reops agents token <host> issues one')
    const present = agentOf(data, found.host)
    if (present && found.replace !== true)
      throw new TokenRefused(
        `${found.host} has an agent with another key; reops agents token ${found.host} --replace lets this one take its place`,
      )
    const revokedAt = Date.now()
    const without: KeyringData = {
      ...data,
      keys: data.keys.map(entry => (entry === present ? { ...entry, revokedAt } : entry)),
      tokens: data.tokens.filter(other => other !== found),
    }
    try {
      const { data: after } = withKey(without, { key, name: found.host, role: 'agent' })
      return { data: after, answer: { name: found.host, role: 'agent' } }
    } catch (cause) {
      if (!(cause instanceof KeyRefused)) throw cause
      throw new TokenRefused('this key can not be taken, it was used before: make a new pair and try again', {
        cause,
      })
    }
  })
}

/** The token that this is. Throws `TokenRefused`. */
export function expectToken(data: KeyringData, token: string): TokenEntry {
  const found = findToken(data, token)
  if (found) return found
  throw new TokenRefused(
    'this token is unknown, was used, or has expired; reops agents token <host> issues another',
  )
}

/** Looks at every token, however early it is found, and takes as long for each. */
function findToken({ tokens }: KeyringData, token: string): TokenEntry | undefined {
  const hash = hashOf(token)
  const now = Date.now()
  let found: TokenEntry | undefined
  for (const entry of tokens) {
    if (timingSafeEqual(Buffer.from(entry.hash, 'hex'), hash)) found = entry
  }
  return found !== undefined && found.expiresAt > now ? found : undefined
}

function agentOf({ keys }: KeyringData, host: string) {
  return keys.find(entry => isLive(entry) && entry.role === 'agent' && entry.name === host)
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
