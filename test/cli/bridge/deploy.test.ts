import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { addKey } from '../../../src/run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import { keepKeyFile } from '../../../src/transports/zeromq/key-file.ts'
import { bridgeLab } from '../../lab/bridge/bridge.ts'
import { call, project } from '../harness.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A project whose bridge is a real one, over the embedded closet. */
async function laptop() {
  const lab = await bridgeLab({ hosts: ['foo'] })
  open.push(() => lab.close())
  const bridge = await lab.open()
  open.push(() => bridge.end(0))
  const config = { bridge: { url: lab.at('jobs'), key: bridge.key }, ssh: { config: false, agent: false } }
  const folder = await project({ 'reops.config.ts': `export default ${JSON.stringify(config)}\n` })
  const { publicKey } = keepKeyFile(path.join(folder, '.reops/bridge/client.key'))
  await addKey(bridgePlace(lab.loaded).keyring, { key: publicKey, name: 'laptop', role: 'submit' })
  return { lab, bridge, agents: (...words: string[]) => call(folder, ['agents', ...words]) }
}

test('agents are deployed, upgraded and removed through the bridge, and one document says what became of it', async () => {
  const { bridge, agents } = await laptop()
  const deployed = await agents('deploy', 'foo', '--folder', '~/an agent', '--json')
  expect(deployed, deployed.stdout + deployed.stderr).toMatchObject({ status: 0 })
  const { outcome, command } = JSON.parse(deployed.stdout)
  expect(command).toBe('agents deploy')
  const [{ host, value }] = outcome.successful
  expect([host, value.changed, value.supervisor]).toEqual(['foo', true, 'plain'])
  expect(bridge.status().agents).toMatchObject([{ host: 'foo', state: 'connected', version: value.version }])
  const again = await agents('upgrade', 'foo', '--folder', '~/an agent')
  expect(again).toMatchObject({ status: 0, stdout: expect.stringContaining('foo') })

  const refused = await agents('remove', 'foo', '--folder', '~/an agent')
  expect(refused).toMatchObject({ status: 1 })
  expect(refused.stdout + refused.stderr).toContain('--force')
  const removed = await agents('remove', 'foo', '--folder', '~/an agent', '--force', '--revoke', '--json')
  expect(removed).toMatchObject({ status: 0 })
  expect(existsSync(value.folder)).toBe(false)
}, 20_000)

test('without a bridge it is said who deploys agents', async () => {
  const folder = await project({ 'reops.config.ts': 'export default {}\n' })
  const { status, stderr } = await call(folder, ['agents', 'deploy', 'foo'])
  expect(status).not.toBe(0)
  expect(stderr).toContain('--bridge')
  expect(stderr).toContain('docs/errors/agents-not-wired.md')
})

test.each([
  [['deploy']],
  [['deploy', 'foo', '--revoke']],
  [['deploy', 'foo', '--supervisor', 'cron']],
  [['deploy', 'foo', '--max-calls', '0']],
  [['upgrade', 'foo', '--node', 'bring']],
  [['remove', 'foo', '--within', '1m']],
])('%j is a wrong use', async words => {
  const folder = await project({ 'reops.config.ts': 'export default {}\n' })
  expect(await call(folder, ['agents', ...words])).toMatchObject({ status: 2, stdout: '' })
})
