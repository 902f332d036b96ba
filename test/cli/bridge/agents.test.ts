import path from 'node:path'
import { expect, test } from 'vitest'
import { readKeyring } from '../../../src/run/bridge/keyring/file.ts'
import { redeemToken } from '../../../src/run/bridge/keyring/tokens.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { call, project } from '../harness.ts'

async function inProject() {
  const folder = await project()
  const file = path.join(folder, '.reops/bridge/keyring.json')
  return { file, agents: (...words: string[]) => call(folder, ['agents', ...words]) }
}

test('a token is printed alone, and lets an agent enrol that is listed then', async () => {
  const { file, agents } = await inProject()
  expect((await agents('list')).stdout).toContain('no agents yet')
  const { status, stdout, stderr } = await agents('token', 'foo')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^[0-9a-f]{64}\n$/)
  expect(stderr).toContain('--token-file')
  expect(stderr).not.toContain(stdout.trim())
  expect((await agents('list')).stdout).toMatch(/^foo +token until /m)
  await redeemToken(file, { token: stdout.trim(), key: makeKeyPair().publicKey })
  expect((await agents('list')).stdout).toMatch(/^foo +enrolled +[\d-]+ [\d:]+$/m)
  expect(JSON.parse((await agents('list', '--json')).stdout)).toMatchObject({
    asked: false,
    agents: [{ host: 'foo', state: 'enrolled', heardAt: null, enrolledAt: expect.any(String) }],
  })
})

test('a host with a key gets another token only to take its place', async () => {
  const { file, agents } = await inProject()
  const { token } = JSON.parse((await agents('token', 'foo', '--json')).stdout)
  await redeemToken(file, { token, key: makeKeyPair().publicKey })
  expect(await agents('token', 'foo')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('--replace'),
  })
  expect(await agents('token', 'foo', '--replace')).toMatchObject({ status: 0 })
})

test('revoking ends the key of an agent, and a token that was not used', async () => {
  const { file, agents } = await inProject()
  const { token } = JSON.parse((await agents('token', 'foo', '--json')).stdout)
  await agents('token', 'bar')
  await redeemToken(file, { token, key: makeKeyPair().publicKey })
  expect((await agents('revoke', 'foo')).stdout).toContain('the agent of foo is let in no more')
  expect((await agents('revoke', 'bar')).stdout).toBe('a token for bar that was not used was taken back\n')
  expect(readKeyring(file)).toMatchObject({
    keys: [{ name: 'foo', revokedAt: expect.any(Number) }],
    tokens: [],
  })
  expect(await agents('revoke', 'baz')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('agents list'),
  })
})

test.each([
  [['token', 'foo', '--expires', '0s']],
  [['token', 'foo', '--expires', '8d']],
  [['token', 'foo', '--expires', 'soon']],
  [['token']],
])('%j is a wrong use', async words => {
  const { agents } = await inProject()
  expect(await agents(...words)).toMatchObject({ status: 2, stdout: '' })
})
