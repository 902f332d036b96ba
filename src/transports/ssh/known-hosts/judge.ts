import { HostTrouble } from '../../../core/ports.ts'
import { speaksOf } from './match.ts'
import { fingerprint, type KnownHostEntry, keyType } from './parse.ts'

/** What known_hosts says of the key that a host has shown. */
export type Judgement =
  | { readonly verdict: 'known' }
  | { readonly verdict: 'new' }
  | { readonly verdict: 'refused'; readonly trouble: HostTrouble }

/** Who shows a key, and how strictly it is taken. */
export interface HostKeyQuestion {
  /** The host's name in its collection. */
  readonly host: string
  /** Its name in known_hosts. */
  readonly name: string
  readonly strict: boolean
  /** Where the user may look and what they may edit. */
  readonly ownFile: string
}

/**
 * Judges a host's key. A host that is known by other keys only is refused, also when the type differs: a
 * stranger could otherwise get in by offering a type that we have not seen.
 */
export function judge(entries: readonly KnownHostEntry[], key: Buffer, question: HostKeyQuestion): Judgement {
  const about = entries.filter(entry => speaksOf(entry, question.name))
  const revoked = about.find(entry => entry.marker === 'revoked' && entry.key.equals(key))
  if (revoked) return { verdict: 'refused', trouble: revokedKey(revoked, key, question) }
  const known = about.filter(entry => entry.marker === undefined)
  if (known.some(entry => entry.key.equals(key))) return { verdict: 'known' }
  const [other] = known.filter(entry => entry.type === keyType(key)).concat(known)
  if (other) return { verdict: 'refused', trouble: changedKey(other, key, question) }
  if (!question.strict) return { verdict: 'new' }
  const authority = about.find(entry => entry.marker === 'cert-authority')
  return { verdict: 'refused', trouble: unknownKey(key, question, authority) }
}

/** The key types under which a host is known, so that the one that we can check is asked for first. */
export function knownTypes(entries: readonly KnownHostEntry[], name: string): string[] {
  const types = entries
    .filter(entry => entry.marker === undefined && speaksOf(entry, name))
    .map(entry => entry.type)
  return [...new Set(types)]
}

function changedKey(entry: KnownHostEntry, key: Buffer, question: HostKeyQuestion): HostTrouble {
  const [expected, received] = [fingerprint(entry.key), fingerprint(key)]
  return new HostTrouble(
    'host-key',
    `${question.host}: the host key of ${question.name} has changed. ${entry.file} line ${entry.line} has ${entry.type} ${expected}; ` +
      `the host shows ${keyType(key)} ${received}. Either the host was installed anew or somebody is in between: compare the ` +
      `fingerprint on the host itself (ssh-keygen -lf), and only then remove the line (ssh-keygen -R '${question.name}' -f '${entry.file}')`,
    { detail: { name: question.name, expected, received, file: entry.file, line: entry.line } },
  )
}

function revokedKey(entry: KnownHostEntry, key: Buffer, question: HostKeyQuestion): HostTrouble {
  const received = fingerprint(key)
  return new HostTrouble(
    'host-key',
    `${question.host}: the host key of ${question.name}, ${keyType(key)} ${received}, is revoked by ${entry.file} line ${entry.line}. ` +
      'Give the host a new key; do not connect to it until then',
    { detail: { name: question.name, received, file: entry.file, line: entry.line, revoked: true } },
  )
}

function unknownKey(
  key: Buffer,
  question: HostKeyQuestion,
  authority: KnownHostEntry | undefined,
): HostTrouble {
  const received = fingerprint(key)
  const about = authority
    ? ` (${authority.file} line ${authority.line} trusts a certificate authority for it, which is not supported)`
    : ''
  return new HostTrouble(
    'host-key',
    `${question.host}: the host key of ${question.name}, ${keyType(key)} ${received}, is not known${about}, and the policy is strict. ` +
      `Compare the fingerprint on the host, then add its key (ssh-keyscan prints it) to ${question.ownFile}`,
    { detail: { name: question.name, received } },
  )
}
