import type { Role } from '../../../transports/zeromq/channel.ts'
import { decodeKey } from '../../../transports/zeromq/keys.ts'
import { KeyRefused } from './errors.ts'
import { changeKeyring } from './file.ts'
import { classOf, isLive, type KeyEntry, type KeyringData, keyName } from './schema.ts'

/** A key that is to be let in. */
export interface NewKey {
  readonly key: string
  readonly name: string
  readonly role: Role
}

/** Lets a key in. Rejects with `InvalidKey`, with `KeyRefused` when its name or the key itself is taken, and with `KeyringTrouble`. */
export function addKey(file: string, added: NewKey): Promise<KeyEntry> {
  return changeKeyring(file, data => {
    const entry = withKey(data, added)
    return { data: entry.data, answer: entry.added }
  })
}

/**
 * Revokes what lives under a name: of clients (`submit` and `read`) or of agents. A bridge that runs drops its sessions
 * within a second. Rejects with `KeyRefused` when there is none.
 */
export function revokeKeys(
  file: string,
  name: string,
  among: 'client' | 'agent',
): Promise<readonly KeyEntry[]> {
  return changeKeyring(file, data => {
    const revokedAt = Date.now()
    const revoked = data.keys
      .filter(entry => isLive(entry) && entry.name === name && classOf(entry) === among)
      .map(entry => ({ ...entry, revokedAt }))
    if (revoked.length === 0) throw new KeyRefused(nobody(data, name, among))
    const keys = data.keys.map(entry => revoked.find(({ key }) => key === entry.key) ?? entry)
    return { data: { ...data, keys }, answer: revoked }
  })
}

/** Throws `KeyRefused` where a text can't be the name of a key. */
export function checkName(name: string): void {
  const named = keyName.safeParse(name)
  if (!named.success) throw new KeyRefused(`${JSON.stringify(name)}: ${named.error.issues[0]?.message}`)
}

/** The keyring with one more key. Throws `InvalidKey` and `KeyRefused`. */
export function withKey(
  data: KeyringData,
  { key, name, role }: NewKey,
): { readonly data: KeyringData; readonly added: KeyEntry } {
  decodeKey(key)
  checkName(name)
  const known = data.keys.find(entry => entry.key === key)
  if (known && !isLive(known))
    throw new KeyRefused(
      `this key was revoked, as ${known.name}, and stays so: whoever has it makes a new pair, with reops keys new`,
    )
  if (known) throw new KeyRefused(`this key is there already, as ${known.name} (${known.role})`)
  const taken = data.keys.find(
    entry => isLive(entry) && entry.name === name && classOf(entry) === classOf({ role }),
  )
  if (taken)
    throw new KeyRefused(
      `there is a key of ${name} (${taken.role}) already; choose another name, or revoke that one first`,
    )
  const added: KeyEntry = { key, name, role, addedAt: Date.now() }
  return { data: { ...data, keys: [...data.keys, added] }, added }
}

function nobody(data: KeyringData, name: string, among: 'client' | 'agent'): string {
  const gone = data.keys.some(entry => entry.name === name && classOf(entry) === among)
  const other = data.keys.some(entry => isLive(entry) && entry.name === name && classOf(entry) !== among)
  if (other) {
    return among === 'client'
      ? `${name} is an agent; reops agents revoke ${name} revokes it`
      : `${name} is no agent but a client; reops keys revoke ${name} revokes it`
  }
  const listed = among === 'client' ? 'reops keys list' : 'reops agents list'
  return gone ? `the key of ${name} was revoked before` : `there is no key of ${name}; see ${listed}`
}
