import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Context } from 'zeromq'
import { addKey, revokeKeys } from '../../../src/run/bridge/keyring/keys.ts'
import { watchKeyring } from '../../../src/run/bridge/keyring/watch.ts'
import type { BridgeStatus } from '../../../src/run/bridge/status.ts'
import { keepKeyFile } from '../../../src/transports/zeromq/key-file.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'
import { listen } from '../../../src/transports/zeromq/listen.ts'
import { openZap } from '../../../src/transports/zeromq/socket/zap.ts'
import { call, project } from '../harness.ts'

const well: BridgeStatus = {
  version: '0.1.0',
  startedAt: Date.now() - 3_723_000,
  key: 'k'.repeat(40),
  endpoints: [{ for: 'jobs', at: 'tcp://*:5760', up: true }],
  jobs: { queued: 1, succeeded: 12, failed: 0 },
  queue: { waiting: 1, running: 2, limit: 10_000 },
  sessions: [{ name: 'laptop', role: 'submit', since: Date.now() }],
  agents: [
    {
      host: 'foo\u001b[2J',
      state: 'connected',
      version: '0.1.0',
      registeredAt: Date.now(),
      lastHeardAt: Date.now(),
      running: 1,
      waiting: 0,
    },
  ],
  outbox: { waiting: 2, oldestAt: Date.now() - 60_000 },
  keyring: { live: 3, tokens: 1 },
  audit: { seq: 7, hash: 'a'.repeat(64), waiting: 0 },
  troubles: [],
}

/** A project and something that answers for its bridge, with the keyring and the wire that a bridge has. */
async function withBridge(status: object) {
  const folder = await project()
  const place = path.join(folder, '.reops', 'bridge')
  const keys = keepKeyFile(path.join(place, 'bridge.key'))
  const keyring = watchKeyring(path.join(place, 'keyring.json'), { onRevoked() {} })
  const context = new Context()
  const zap = await openZap(context, (_domain, key) => keyring.find(key) !== undefined)
  const admit = (key: string) => {
    const identity = keyring.find(key)
    return identity === undefined ? { refused: 'this key is not let in' } : { identity }
  }
  const options = { context, keys, purpose: 'jobs', admit, endpoint: 'tcp://127.0.0.1:*' } as const
  const asked: string[] = []
  const listener = await listen(options, {
    onPacket(peer, { body }) {
      const { kind, nonce } = body as { kind: string; nonce: number }
      asked.push(`${peer.identity?.name} ${peer.identity?.role} ${kind}`)
      peer.send({ body: { kind: 'status', nonce, status } })
    },
  })
  onTestFinished(async () => {
    await listener.close('over')
    zap.close()
    keyring.close()
  })
  const configure = (file: string, bridge: object) =>
    writeFile(path.join(folder, file), `export default ${JSON.stringify({ bridge })}`)
  await configure('reops.config.ts', { listen: { jobs: listener.endpoint } })
  return { folder, place, asked, url: listener.endpoint, configure }
}

test('the bridge of this machine is asked without any preparation, by a key that may read', async () => {
  const { folder, place, asked } = await withBridge(well)
  const { status, stdout, stderr } = await call(folder, ['bridge', 'status'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('up 1 h 2 min')
  expect(stdout).toContain('1 of 10000 waiting, 2 at work')
  expect(stdout).toContain('1 queued, 12 succeeded\n')
  expect(stdout).toContain('2 answers wait for Step Functions, the oldest for 1 min')
  expect(stdout).toContain(`head 7:${'a'.repeat(64)}`)
  expect(stdout).toMatch(/^laptop +submit/m)
  expect(stdout).toMatch(/^foo␛\[2J +connected +0\.1\.0/m)
  expect(stdout).not.toContain('\u001b')
  expect(asked).toEqual(['local-status read status'])
  const again = await call(folder, ['bridge', 'status', '--json'])
  expect(JSON.parse(again.stdout)).toEqual(JSON.parse(JSON.stringify(well)))
  expect(JSON.parse(await readFile(path.join(place, 'keyring.json'), 'utf8')).keys).toHaveLength(1)
})

test('what is the matter is said first, and is the exit status', async () => {
  const { folder } = await withBridge({
    ...well,
    troubles: ['the audit log can not be written'],
    more: 'newer',
  })
  const { status, stdout } = await call(folder, ['bridge', 'status'])
  expect(stdout).toMatch(/^! the audit log can not be written\n/)
  expect(status).toBe(1)
})

test('a bridge that says what nobody understands is of another version', async () => {
  const { folder } = await withBridge({ well: true })
  const { status, stdout, stderr } = await call(folder, ['bridge', 'status'])
  expect(stderr).toContain('of different versions')
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
})

test('the bridge of the configuration is asked by the key that is ours', async () => {
  const { folder, url, configure, asked } = await withBridge(well)
  const key = (await call(folder, ['keys', 'show'])).stdout.trim()
  await configure('far.config.ts', { url, key })
  const ask = () => call(folder, ['bridge', 'status', '--config', 'far.config.ts'])
  expect(await ask()).toMatchObject({ status: 1, stderr: expect.stringContaining('there is no key file') })
  await call(folder, ['keys', 'new', 'wall', '--role', 'read', '--out', '.reops/bridge/client.key'])
  expect(await ask()).toMatchObject({ status: 0, stdout: expect.stringContaining(`bridge 0.1.0 at ${url}`) })
  expect(asked).toEqual(['wall read status'])
})

test('agents are listed with what a running bridge knows of them', async () => {
  const { folder, place } = await withBridge({ ...well, agents: [{ ...well.agents[0], host: 'foo' }] })
  const file = path.join(place, 'keyring.json')
  for (const name of ['foo', 'bar']) await addKey(file, { key: makeKeyPair().publicKey, name, role: 'agent' })
  await writeFile(path.join(place, 'bridge.pid'), `${process.pid}\n`)
  const { stdout } = await call(folder, ['agents', 'list'])
  expect(stdout).toMatch(/^bar +away +[\d-]+ [\d:]+$/m)
  expect(stdout).toMatch(/^foo +connected +0\.1\.0 +\S.* ago +/m)
  await revokeKeys(file, 'bar', 'agent')
  expect((await call(folder, ['agents', 'list'])).stdout).not.toContain('bar')
})

test('where there is no bridge it says what to do', async () => {
  const { status, stderr } = await call(await project(), ['bridge', 'status'])
  expect(stderr).toContain('there is no bridge on this machine')
  expect(status).toBe(1)
})
