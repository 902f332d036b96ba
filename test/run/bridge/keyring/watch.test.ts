import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { KeyringTrouble, TokenRefused } from '../../../../src/run/bridge/keyring/errors.ts'
import { addKey, revokeKeys } from '../../../../src/run/bridge/keyring/keys.ts'
import { issueToken } from '../../../../src/run/bridge/keyring/tokens.ts'
import { type KeyringListener, watchKeyring } from '../../../../src/run/bridge/keyring/watch.ts'
import { aKey, keyringFile } from './folder.ts'

function open(file: string) {
  const heard = { revoked: [] as string[], trouble: [] as (string | undefined)[], added: [] as string[] }
  const listener: KeyringListener = {
    onRevoked: entries => void heard.revoked.push(...entries.map(({ name }) => name)),
    onTrouble: trouble => void heard.trouble.push(trouble?.message),
    onAdded: entries => void heard.added.push(...entries.map(({ name }) => name)),
  }
  const keyring = watchKeyring(file, listener)
  onTestFinished(() => keyring.close())
  return { keyring, heard }
}

/** Waits for what is told, not for a time; the longest wait is for a test that fails. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 })

test('a key is found as soon as another process has let it in, and no more when it is revoked', async () => {
  const file = await keyringFile()
  const { keyring, heard } = open(file)
  const key = aKey()
  expect(keyring.find(key)).toBeUndefined()
  await addKey(file, { key, name: 'laptop', role: 'submit' })
  await eventually(() => expect(keyring.find(key)).toEqual({ name: 'laptop', role: 'submit' }))
  expect(heard).toMatchObject({ revoked: [], added: ['laptop'] })
  await revokeKeys(file, 'laptop', 'client')
  await eventually(() => expect(heard.revoked).toEqual(['laptop']))
  expect(keyring.find(key)).toBeUndefined()
  expect(heard.trouble).toEqual([])
})

test('a key that becomes somebody else’s is dropped too', async () => {
  const file = await keyringFile()
  const key = aKey()
  await addKey(file, { key, name: 'laptop', role: 'submit' })
  const { keyring, heard } = open(file)
  await writeFile(file, (await readFile(file, 'utf8')).replace('"submit"', '"read"'))
  await eventually(() => expect(heard.revoked).toEqual(['laptop']))
  expect(keyring.find(key)).toEqual({ name: 'laptop', role: 'read' })
})

test.each([
  ['half written', (file: string) => writeFile(file, '{"version": 1, "keys": [{'), 'is no keyring'],
  ['open to others', (file: string) => chmod(file, 0o666), 'chmod 600'],
  ['gone', (file: string) => rm(file), 'is gone'],
])('a file that is %s leaves the last good one in force and is told once', async (_how, spoil, said) => {
  const file = await keyringFile()
  const key = aKey()
  await addKey(file, { key, name: 'laptop', role: 'submit' })
  const { keyring, heard } = open(file)
  const good = await readFile(file, 'utf8')
  await spoil(file)
  await eventually(() => expect(heard.trouble).toEqual([expect.stringContaining(said)]))
  keyring.reload()
  expect(keyring.find(key)).toEqual({ name: 'laptop', role: 'submit' })
  expect(keyring.trouble).toBeInstanceOf(KeyringTrouble)
  await rm(file, { force: true })
  await writeFile(file, good, { mode: 0o600 })
  await eventually(() => expect(keyring.trouble).toBeUndefined())
  expect(heard.trouble.at(-1)).toBeUndefined()
  expect(heard.revoked).toEqual([])
})

test('a broken keyring is refused at first', async () => {
  const file = await keyringFile()
  await addKey(file, { key: aKey(), name: 'laptop', role: 'submit' })
  await writeFile(file, 'no')
  expect(() => watchKeyring(file, { onRevoked() {} })).toThrow(KeyringTrouble)
})

test('strangers have business here only while a token waits', async () => {
  const file = await keyringFile()
  const { keyring } = open(file)
  expect(keyring.outstandingTokens()).toBe(0)
  const { token } = await issueToken(file, { host: 'foo' })
  await eventually(() => expect(keyring.outstandingTokens()).toBe(1))
  const key = aKey()
  await expect(keyring.redeem({ token: 'guess', key })).rejects.toThrow(TokenRefused)
  expect(await keyring.redeem({ token, key, host: 'foo' })).toEqual({ name: 'foo', role: 'agent' })
  expect(keyring.find(key)).toEqual({ name: 'foo', role: 'agent' })
  expect(keyring.outstandingTokens()).toBe(0)
})

test('the key that a new one takes the place of is dropped', async () => {
  const file = await keyringFile()
  await addKey(file, { key: aKey(), name: 'foo', role: 'agent' })
  const { token } = await issueToken(file, { host: 'foo', replace: true })
  const { keyring, heard } = open(file)
  await keyring.redeem({ token, key: aKey() })
  expect(heard.revoked).toEqual(['foo'])
})
