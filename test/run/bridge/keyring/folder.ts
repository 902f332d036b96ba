import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { makeKeyPair } from '../../../../src/transports/zeromq/keys.ts'

/** The place of a keyring, in a folder that goes away with the test. */
export async function keyringFile(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-keyring-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'bridge', 'keyring.json')
}

export const aKey = () => makeKeyPair().publicKey
