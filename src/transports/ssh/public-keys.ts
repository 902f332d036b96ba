import type { ParsedKey } from 'ssh2'
import { ownValue } from '../../core/own-value.ts'
import { localKeys } from './identities.ts'
import { readKeyFile } from './key-file.ts'
import { expandHome, readOptions, type SshOptions } from './options.ts'
import { loadSsh2 } from './ssh2.ts'

/** Why there is no public key to give. The message says which key and what to do. */
export class NoPublicKey extends Error {
  override readonly name = 'NoPublicKey'
}

/**
 * The public keys by which a machine would let us in, each as a line of `authorized_keys`: that of the key that is
 * named, or, without one, those that the agent holds and those of the usual files. The private half is never asked for.
 * Rejects with `NoPublicKey` when there are none.
 */
export async function publicKeys(options: SshOptions, key: string | undefined): Promise<readonly string[]> {
  const settings = readOptions(options)
  const ssh2 = await loadSsh2()
  const read = async (path: string): Promise<ParsedKey | string> => {
    const file = await readKeyFile(ssh2, path)
    if (file.kind === 'absent') return `${path} is not there`
    if (file.kind === 'unusable') return `${path}: ${file.reason}`
    return file.key ?? `${path} is locked and ${path}.pub is not there`
  }
  if (key !== undefined) {
    const path = expandHome(ownValue(settings.keys, key) ?? key, settings.home)
    const found = await read(path)
    if (typeof found !== 'string') return [line(found, key)]
    throw new NoPublicKey(`the key ${JSON.stringify(key)} can't be given to a machine: ${found}`)
  }
  const files = await Promise.all(settings.defaultKeys.map(read))
  const held = settings.agent ? await localKeys(ssh2, settings.agent) : []
  const all = [...held, ...files.filter(one => typeof one !== 'string')].map(one => line(one, ''))
  if (all.length > 0) return [...new Set(all)]
  throw new NoPublicKey(
    `there is no key to log in with: the agent holds none, and ${settings.defaultKeys.join(', ')} are not there; make one with ssh-keygen, or name one with login(user, key)`,
  )
}

function line(key: ParsedKey, name: string): string {
  const blob = key.getPublicSSH()
  const comment = (key.comment || name).replaceAll(/[^\x21-\x7e]+/g, '-').slice(0, 100)
  return `${key.type} ${blob.toString('base64')}${comment ? ` ${comment}` : ''}`
}
