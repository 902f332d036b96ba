import { readFile } from 'node:fs/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { KeyRefused, TokenRefused } from '../../../../src/run/bridge/keyring/errors.ts'
import { readKeyring } from '../../../../src/run/bridge/keyring/file.ts'
import { addKey, revokeKeys } from '../../../../src/run/bridge/keyring/keys.ts'
import { issueToken, redeemToken, withdrawTokens } from '../../../../src/run/bridge/keyring/tokens.ts'
import { aKey, keyringFile } from './folder.ts'

afterEach(() => void vi.useRealTimers())

test('a token binds a key to its host, once', async () => {
  const file = await keyringFile()
  const { token, expiresAt } = await issueToken(file, { host: 'foo' })
  expect(token).toMatch(/^[0-9a-f]{64}$/)
  expect(expiresAt - Date.now()).toBeGreaterThan(3_590_000)
  const key = aKey()
  expect(await redeemToken(file, { token, key, host: 'foo' })).toEqual({ name: 'foo', role: 'agent' })
  const { keys, tokens } = readKeyring(file)
  expect({ keys, tokens }).toMatchObject({ keys: [{ key, name: 'foo', role: 'agent' }], tokens: [] })
  await expect(redeemToken(file, { token, key: aKey() })).rejects.toThrow(TokenRefused)
})

test('the file does not hold the token', async () => {
  const file = await keyringFile()
  const { token } = await issueToken(file, { host: 'foo' })
  expect(await readFile(file, 'utf8')).not.toContain(token)
})

test('of many who redeem one token at once, one is let in', async () => {
  const file = await keyringFile()
  const { token } = await issueToken(file, { host: 'foo' })
  const all = await Promise.allSettled(
    Array.from({ length: 10 }, () => redeemToken(file, { token, key: aKey() })),
  )
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(readKeyring(file).keys).toHaveLength(1)
})

test('a wrong token, or the name of another host, opens nothing and uses nothing up', async () => {
  const file = await keyringFile()
  const { token } = await issueToken(file, { host: 'foo' })
  for (const wrong of ['', 'x', token.slice(1), token.toUpperCase(), `${token}0`, '0'.repeat(64)])
    await expect(redeemToken(file, { token: wrong, key: aKey() })).rejects.toThrow(TokenRefused)
  await expect(redeemToken(file, { token, key: aKey(), host: 'bar' })).rejects.toThrow('for another host')
  expect(await redeemToken(file, { token, key: aKey() })).toEqual({ name: 'foo', role: 'agent' })
})

test('a token expires', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const file = await keyringFile()
  const { token } = await issueToken(file, { host: 'foo', seconds: 60 })
  vi.advanceTimersByTime(60_000)
  await expect(redeemToken(file, { token, key: aKey() })).rejects.toThrow('has expired')
})

test('a host that has a key gets no other one, unless the token says so', async () => {
  const file = await keyringFile()
  const early = await issueToken(file, { host: 'foo' })
  const old = aKey()
  await addKey(file, { key: old, name: 'foo', role: 'agent' })
  await expect(issueToken(file, { host: 'foo' })).rejects.toThrow(KeyRefused)
  await expect(redeemToken(file, { token: early.token, key: aKey() })).rejects.toThrow('--replace')
  const { token } = await issueToken(file, { host: 'foo', replace: true })
  const key = aKey()
  await redeemToken(file, { token, key })
  expect(readKeyring(file).keys).toMatchObject([
    { key: old, revokedAt: expect.any(Number) },
    { key, name: 'foo' },
  ])
})

test('a key that was revoked does not come back by a token', async () => {
  const file = await keyringFile()
  const key = aKey()
  await addKey(file, { key, name: 'foo', role: 'agent' })
  await revokeKeys(file, 'foo', 'agent')
  const { token } = await issueToken(file, { host: 'foo' })
  await expect(redeemToken(file, { token, key })).rejects.toThrow('make a new pair')
  await expect(redeemToken(file, { token, key: aKey() })).resolves.toBeDefined()
})

test('the latest token of a host is the one that counts, and it can be taken back', async () => {
  const file = await keyringFile()
  const first = await issueToken(file, { host: 'foo' })
  const second = await issueToken(file, { host: 'foo' })
  await issueToken(file, { host: 'bar' })
  await expect(redeemToken(file, { token: first.token, key: aKey() })).rejects.toThrow(TokenRefused)
  expect(await withdrawTokens(file, 'foo')).toBe(1)
  await expect(redeemToken(file, { token: second.token, key: aKey() })).rejects.toThrow(TokenRefused)
  expect(readKeyring(file).tokens).toMatchObject([{ host: 'bar' }])
})
