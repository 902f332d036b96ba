import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa'

/** Makes a key pair at `file` and `file.pub`, with OpenSSH's own tool, and answers the public half. */
export async function makeKey(file: string, type: KeyType = 'ed25519', passphrase = ''): Promise<string> {
  const bits = type === 'rsa' ? ['-b', '2048'] : []
  // One round of key derivation: these passphrases protect nothing, and the rounds take a second to undo.
  await promisify(execFile)('ssh-keygen', [
    '-a',
    '1',
    '-q',
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
