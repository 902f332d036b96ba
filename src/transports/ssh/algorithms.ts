import type { Algorithms } from 'ssh2'
import type { SshSettings } from './options.ts'

/** ssh2's own order of preference; DSA and SHA-1 signatures are left out. */
const hostKeyAlgorithms = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

/**
 * What is offered to a host. The types under which it is known come first, so that a host with several keys
 * shows the one that can be checked.
 */
export function offeredAlgorithms(pinned: SshSettings['algorithms'], known: readonly string[]): Algorithms {
  const isKnown = (algorithm: string) => known.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm)
  const serverHostKey = pinned.serverHostKey ?? [
    ...hostKeyAlgorithms.filter(isKnown),
    ...hostKeyAlgorithms.filter(name => !isKnown(name)),
  ]
  return {
    serverHostKey: serverHostKey as NonNullable<Algorithms['serverHostKey']>,
    ...(pinned.kex ? { kex: pinned.kex as NonNullable<Algorithms['kex']> } : {}),
    ...(pinned.cipher ? { cipher: pinned.cipher as NonNullable<Algorithms['cipher']> } : {}),
    ...(pinned.hmac ? { hmac: pinned.hmac as NonNullable<Algorithms['hmac']> } : {}),
  }
}
