import ssh2 from 'ssh2'
import { ClosetError } from './errors.ts'

/** An ed25519 pair: the private half in OpenSSH's own format, the public half as one `authorized_keys` line. */
export interface KeyPair {
  readonly private: string
  readonly public: string
}

/** About one pair in five hundred that ssh2 generates is malformed, so eight in a row will not be. */
const attempts = 8

/**
 * Makes a fresh ed25519 key pair and proves it: what it signs with one half, the other verifies.
 *
 * @throws ClosetError when no usable pair comes out, which means that the machine's crypto is broken.
 * @example
 * generateKey('closet').public // 'ssh-ed25519 AAAA… closet'
 */
export function generateKey(comment: string): KeyPair {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment })
    if (isUsable(pair)) return pair
  }
  throw new ClosetError(
    `No usable ed25519 key in ${attempts} attempts. Check that this Node's crypto works: node -p "crypto.getCurves()"`,
  )
}

function isUsable(pair: KeyPair): boolean {
  const secret = ssh2.utils.parseKey(pair.private)
  const shown = ssh2.utils.parseKey(pair.public)
  if (secret instanceof Error || shown instanceof Error) return false
  return shown.verify('proof', secret.sign('proof'))
}

/**
 * One line of `known_hosts` for a server on loopback, good whether it is looked up by address or by name.
 *
 * @example
 * knownHostsLine('foo', 2201, pair.public) // '[127.0.0.1]:2201,[foo]:2201 ssh-ed25519 AAAA…\n'
 */
export function knownHostsLine(name: string, port: number, publicKey: string): string {
  const [type, base64] = publicKey.split(' ')
  return `[127.0.0.1]:${port},[${name}]:${port} ${type} ${base64}\n`
}
