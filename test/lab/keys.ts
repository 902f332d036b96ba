import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa'

/** Makes a key pair at `file` and `file.pub`, and answers the public half. */
export async function makeKey(file: string, type: KeyType = 'ed25519', passphrase = ''): Promise<string> {
  if (type === 'ed25519' && passphrase === '') {
    const { text, publicKey } = ed25519()
    await Promise.all([writeFile(file, text, { mode: 0o600 }), writeFile(`${file}.pub`, `${publicKey}\n`)])
    return publicKey
  }
  // One round of key derivation: these passphrases protect nothing, and the rounds take a second to undo.
  const bits = type === 'rsa' ? ['-b', '2048'] : []
  await promisify(execFile)('ssh-keygen', [
    '-q',
    '-a',
    '1',
    '-t',
    type,
    ...bits,
    '-N',
    passphrase,
    '-C',
    'lab',
    '-f',
    file,
  ])
  return (await readFile(`${file}.pub`, 'utf8')).trim()
}

/**
 * Writes OpenSSH's format here, since a hundred hosts would start ssh-keygen a hundred times, and since ssh2's own
 * generator now and then writes an ed25519 key that OpenSSH does not read.
 */
function ed25519(): { readonly text: string; readonly publicKey: string } {
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = privateKey.export({ format: 'jwk' })
  const [secret, open] = [jwk.d ?? '', jwk.x ?? ''].map(part => Buffer.from(part, 'base64url')) as [
    Buffer,
    Buffer,
  ]
  const blob = Buffer.concat([field('ssh-ed25519'), field(open)])
  const check = Buffer.alloc(8)
  const inner = Buffer.concat([check, blob, field(Buffer.concat([secret, open])), field('lab')])
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, index) => index + 1))
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...['none', 'none', ''].map(field),
    Buffer.from([0, 0, 0, 1]),
    field(blob),
    field(Buffer.concat([inner, padding])),
  ])
  const lines = whole.toString('base64').replaceAll(/.{70}/g, '$&\n')
  return {
    text: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicKey: `ssh-ed25519 ${blob.toString('base64')} lab`,
  }
}

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
