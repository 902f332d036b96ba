import { chmod, readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readKeyFile } from '../../../src/transports/zeromq/key-file.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { call, project } from '../harness.ts'

const inProject = async () => {
  const folder = await project()
  return { folder, keys: (...words: string[]) => call(folder, ['keys', ...words]) }
}

describe('keys show', () => {
  test('makes the pair of the bridge once and prints its public key alone', async () => {
    const { folder, keys } = await inProject()
    const first = await keys('show')
    expect(first).toMatchObject({ status: 0, stderr: expect.stringContaining('made a new pair') })
    const file = path.join(folder, '.reops', 'bridge', 'bridge.key')
    expect(first.stdout).toBe(`${readKeyFile(file).publicKey}\n`)
    expect(await keys('show', 'bridge')).toEqual({ status: 0, stdout: first.stdout, stderr: '' })
    expect(JSON.parse((await keys('show', '--json')).stdout)).toEqual({
      of: 'bridge',
      publicKey: first.stdout.trim(),
      file,
      made: false,
    })
  })

  test('keeps others of their own, and names those that there are', async () => {
    const { keys } = await inProject()
    const shown = await Promise.all([keys('show'), keys('show', 'relay'), keys('show', 'client')])
    expect(new Set(shown.map(({ stdout }) => stdout)).size).toBe(3)
    expect(await keys('show', 'me')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('bridge, relay, client'),
    })
  })

  test('refuses a file that others may read, with the page that says more', async () => {
    const { folder, keys } = await inProject()
    await keys('show')
    await chmod(path.join(folder, '.reops', 'bridge', 'bridge.key'), 0o644)
    const { status, stderr } = await keys('show')
    expect(status).toBe(1)
    expect(stderr).toContain('chmod 600')
    expect(stderr).toContain('docs/errors/key-file.md')
  })
})

describe('keys new', () => {
  test('lets a client in by a new pair, whose secret is in its file alone', async () => {
    const { folder, keys } = await inProject()
    const { status, stdout } = await keys('new', 'laptop')
    const file = path.join(folder, 'laptop.key')
    const { publicKey, secretKey } = readKeyFile(file)
    expect(status).toBe(0)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(stdout).toContain('laptop may submit and read; its keys are in laptop.key')
    expect(stdout).toContain((await keys('show')).stdout.trim())
    expect(stdout).not.toContain(secretKey)
    const listed = await keys('list')
    expect(listed.stdout).toContain(publicKey)
    expect(await readFile(path.join(folder, '.reops/bridge/keyring.json'), 'utf8')).not.toContain(secretKey)
  })

  test('lets a client in by the public key that it has', async () => {
    const { folder, keys } = await inProject()
    const { publicKey } = makeKeyPair()
    const { stdout } = await keys('new', 'wall', '--role', 'read', `--public=${publicKey}`, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ name: 'wall', role: 'read', publicKey, file: null })
    expect(await readdir(folder)).not.toContain('wall.key')
  })

  test('leaves nothing behind where it is refused', async () => {
    const { folder, keys } = await inProject()
    await keys('new', 'laptop')
    const before = await readFile(path.join(folder, 'laptop.key'))
    const again = await keys('new', 'laptop')
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('was left as it is') })
    const elsewhere = await keys('new', 'laptop', '--out', 'other.key')
    expect(elsewhere).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('there is a key of laptop'),
    })
    expect(await readFile(path.join(folder, 'laptop.key'))).toEqual(before)
    expect((await readdir(folder)).filter(name => name.endsWith('.key'))).toEqual(['laptop.key'])
  })

  test.each([
    [['new'], 'reops keys new needs <name>'],
    [['new', 'x', '--role', 'agent'], 'reops agents token <host>'],
    [['new', 'x', '--role', 'root'], 'it takes submit or read'],
    [['new', 'x', '--public', 'abc'], 'a key has 40 characters'],
    [['new', 'x', '--public', 'abc', '--out', 'y'], 'give one of them'],
    [['new', '../x'], 'a name has up to 253'],
    [['list', '--role', 'read'], 'reops keys new has it'],
    [['revok'], 'did you mean reops keys revoke?'],
    [[], 'reops keys needs one of show, new, list, revoke'],
  ])('%j says %j', async (words, said) => {
    const { folder, keys } = await inProject()
    const { status, stderr, stdout } = await keys(...words)
    expect(stderr).toContain(said)
    expect(status).not.toBe(0)
    expect(stdout).toBe('')
    expect((await readdir(folder)).filter(name => name.endsWith('.key'))).toEqual([])
  })
})

describe('keys list and revoke', () => {
  test('tell who is let in and who is not any more', async () => {
    const { keys } = await inProject()
    expect((await keys('list')).stdout).toBe(
      'no keys yet; reops keys new lets a client in, and reops agents token an agent\n',
    )
    await keys('new', 'laptop')
    await keys('new', 'wall', '--role', 'read')
    expect((await keys('revoke', 'laptop')).stdout).toContain('laptop is let in no more')
    const { stdout } = await keys('list')
    expect(stdout).toMatch(/^name +role +key +added/)
    expect(stdout).toMatch(/^laptop +submit +\S{40} +[\d-]+ [\d:]+ +revoked [\d-]+ [\d:]+$/m)
    expect(stdout).toMatch(/^wall +read +\S{40} +[\d-]+ [\d:]+$/m)
    expect(JSON.parse((await keys('list', '--json')).stdout).keys).toMatchObject([
      { name: 'laptop', role: 'submit', revokedAt: expect.any(String) },
      { name: 'wall', role: 'read', revokedAt: null },
    ])
    expect(await keys('revoke', 'nobody')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('keys list'),
    })
  })
})
