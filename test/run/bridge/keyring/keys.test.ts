import { spawn } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { KeyRefused, KeyringTrouble } from '../../../../src/run/bridge/keyring/errors.ts'
import { readKeyring } from '../../../../src/run/bridge/keyring/file.ts'
import { addKey, revokeKeys } from '../../../../src/run/bridge/keyring/keys.ts'
import { InvalidKey } from '../../../../src/transports/zeromq/keys.ts'
import { aKey, keyringFile } from './folder.ts'

const until = async (file: string) => readKeyring(file).keys.map(({ name, role }) => `${name} ${role}`)

test('where there is no keyring, nobody is in it', async () => {
  expect(readKeyring(await keyringFile())).toEqual({ version: 1, keys: [], tokens: [] })
})

test('keys are kept in a file for its owner alone', async () => {
  const file = await keyringFile()
  const key = aKey()
  const before = Date.now()
  await addKey(file, { key, name: 'laptop', role: 'submit' })
  await addKey(file, { key: aKey(), name: 'wall', role: 'read' })
  const [first] = readKeyring(file).keys
  expect(first).toMatchObject({ key, name: 'laptop', role: 'submit' })
  expect(first?.addedAt).toBeGreaterThanOrEqual(before)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect((await readdir(path.dirname(file))).sort()).toEqual(['keyring.json', 'keyring.json-guard'])
})

test('a name is somebody’s until it is revoked, and an agent may have the name of a client', async () => {
  const file = await keyringFile()
  await addKey(file, { key: aKey(), name: 'foo', role: 'submit' })
  await addKey(file, { key: aKey(), name: 'foo', role: 'agent' })
  await expect(addKey(file, { key: aKey(), name: 'foo', role: 'read' })).rejects.toThrow(KeyRefused)
  await revokeKeys(file, 'foo', 'client')
  await addKey(file, { key: aKey(), name: 'foo', role: 'read' })
  expect(await until(file)).toEqual(['foo submit', 'foo agent', 'foo read'])
})

test('a revoked key stays revoked and is never let in again', async () => {
  const file = await keyringFile()
  const key = aKey()
  await addKey(file, { key, name: 'laptop', role: 'submit' })
  const [revoked] = await revokeKeys(file, 'laptop', 'client')
  expect(revoked).toMatchObject({ key, name: 'laptop' })
  expect(readKeyring(file).keys).toEqual([revoked])
  await expect(addKey(file, { key, name: 'laptop', role: 'submit' })).rejects.toThrow('was revoked')
  await expect(revokeKeys(file, 'laptop', 'client')).rejects.toThrow('was revoked before')
})

test('what can not be revoked says where it is', async () => {
  const file = await keyringFile()
  await addKey(file, { key: aKey(), name: 'foo', role: 'agent' })
  await addKey(file, { key: aKey(), name: 'bar', role: 'read' })
  await expect(revokeKeys(file, 'foo', 'client')).rejects.toThrow('reops agents revoke foo')
  await expect(revokeKeys(file, 'bar', 'agent')).rejects.toThrow('reops keys revoke bar')
  await expect(revokeKeys(file, 'baz', 'client')).rejects.toThrow('there is no key of baz')
})

test.each(['', '-x', 'a b', 'a/b', '\u001b[2J', 'x'.repeat(254)])('the name %j is refused', async name => {
  await expect(addKey(await keyringFile(), { key: aKey(), name, role: 'submit' })).rejects.toThrow(KeyRefused)
})

test('a text that is no key is refused', async () => {
  const file = await keyringFile()
  await expect(addKey(file, { key: 'x', name: 'laptop', role: 'submit' })).rejects.toThrow(InvalidKey)
})

test('a file that is no keyring is left as it is', async () => {
  const file = await keyringFile()
  const key = aKey()
  const entry = { key, name: 'a', role: 'submit', addedAt: 1 }
  await mkdir(path.dirname(file))
  const texts = [
    '',
    '{"version": 1, "keys": [',
    JSON.stringify({ version: 2, keys: [] }),
    JSON.stringify({ version: 1, keys: [{ ...entry, role: 'root' }] }),
    JSON.stringify({ version: 1, keys: [{ ...entry, key: '#'.repeat(40) }] }),
    JSON.stringify({ version: 1, keys: [entry, { ...entry, name: 'b' }] }),
    JSON.stringify({ version: 1, keys: [entry, { ...entry, key: aKey() }] }),
    JSON.stringify({ version: 1, keys: [{ ...entry, admin: true }] }),
  ]
  for (const text of texts) {
    await writeFile(file, text, { mode: 0o600 })
    expect(() => readKeyring(file)).toThrow(KeyringTrouble)
    await expect(addKey(file, { key: aKey(), name: 'c', role: 'submit' })).rejects.toThrow(KeyringTrouble)
    expect(await readFile(file, 'utf8')).toBe(text)
  }
})

test('a file that others may write is not believed', async () => {
  const file = await keyringFile()
  await addKey(file, { key: aKey(), name: 'a', role: 'submit' })
  await chmod(file, 0o620)
  expect(() => readKeyring(file)).toThrow(`chmod 600 ${file}`)
})

test('of what many write at once nothing is lost, in one process', async () => {
  const file = await keyringFile()
  const names = Array.from({ length: 20 }, (_, index) => `client-${index}`)
  await Promise.all(names.map(name => addKey(file, { key: aKey(), name, role: 'submit' })))
  expect(
    readKeyring(file)
      .keys.map(({ name }) => name)
      .sort(),
  ).toEqual(names.toSorted())
})

test('nor by several processes', { timeout: 30_000 }, async () => {
  const file = await keyringFile()
  const at = (module: string) => JSON.stringify(new URL(`../../../../src/${module}`, import.meta.url).href)
  const script = `
    import { addKey } from ${at('run/bridge/keyring/keys.ts')}
    import { makeKeyPair } from ${at('transports/zeromq/keys.ts')}
    const [file, name] = process.argv.slice(1)
    for (let i = 0; i < 15; i++)
      await addKey(file, { key: makeKeyPair().publicKey, name: name + '-' + i, role: 'submit' })
  `
  const run = (name: string) =>
    new Promise<number | null>(resolve => {
      const child = spawn(process.execPath, ['--input-type=module', '-e', script, file, name], {
        stdio: ['ignore', 'ignore', 'inherit'],
      })
      child.on('close', resolve)
    })
  expect(await Promise.all(['a', 'b', 'c'].map(run))).toEqual([0, 0, 0])
  expect(readKeyring(file).keys).toHaveLength(45)
})
