import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { start } from '../../../onprem-bridge/agent/root.ts'
import { openBridge } from '../../../onprem-bridge/bridge.ts'
import { configSchema } from '../../../src/core/config.ts'
import { InvalidConfig } from '../../../src/core/errors.ts'
import { revokeKeys } from '../../../src/run/bridge/keyring/keys.ts'
import { issueToken } from '../../../src/run/bridge/keyring/tokens.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import type { LoadedConfig } from '../../../src/run/config.ts'

async function folder(bridge: object = {}): Promise<LoadedConfig> {
  const at = await mkdtemp(path.join(tmpdir(), 'reops-agent-root-'))
  onTestFinished(() => rm(at, { recursive: true, force: true }))
  return { config: configSchema.parse({ bridge }), folder: at, file: undefined }
}

/** Starts an agent by these flags, and hears what it says. */
function begin(loaded: LoadedConfig, flags: Readonly<Record<string, string>>, words: readonly string[] = []) {
  const ending = new AbortController()
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const over = start({ loaded, args: { flags, words }, say, signal: ending.signal })
  return { over, said, end: () => ending.abort() }
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 20 })

test('an agent enrols by its token, is known by its key from then on, and goes when it is revoked', {
  timeout: 40_000,
}, async () => {
  const any = 'tcp://127.0.0.1:*'
  const home = await folder({ listen: { jobs: any, agents: any, metrics: false } })
  await mkdir(path.join(home.folder, 'flows'))
  await writeFile(path.join(home.folder, 'flows', 'index.ts'), 'export {}\n')
  const bridge = await openBridge({ loaded: home, say: () => {} })
  onTestFinished(() => bridge.end(0))
  const { keyring } = bridgePlace(home)
  const url = bridge.endpoints.find(one => one.for === 'agents')!.at
  const host = await folder()
  const tokenFile = path.join(host.folder, 'token')
  const flags = { bridge: url, 'bridge-key': bridge.key, host: 'foo', 'token-file': tokenFile }
  await writeFile(tokenFile, (await issueToken(keyring, { host: 'foo' })).token)

  const first = begin(host, flags)
  await eventually(() => expect(first.said).toContain('registered as foo'))
  first.end()
  expect(await first.over).toBe(0)
  await expect(stat(tokenFile)).rejects.toThrow('ENOENT')
  const keyFile = path.join(host.folder, '.reops', 'agent', 'agent.key')
  expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
  const { secretKey } = JSON.parse(await readFile(keyFile, 'utf8'))

  const second = begin(host, flags)
  await eventually(() => expect(second.said).toContain('registered as foo'))
  expect(bridge.status().agents).toMatchObject([{ host: 'foo', state: 'connected' }])
  await revokeKeys(keyring, 'foo', 'agent')
  expect(await second.over).toBe(3)
  expect([...first.said, ...second.said].join('\n')).not.toContain(secretKey)
})

test.each([
  [{}, [], '--bridge'],
  [{ bridge: 'tcp://a:1' }, [], '--bridge-key'],
  [{ bridge: 'a', 'bridge-key': 'k'.repeat(40) }, [], 'bridge: is an address'],
  [{ bridge: 'tcp://a:1', 'bridge-key': 'short' }, [], 'bridgeKey'],
  [{ bridge: 'tcp://a:1', 'bridge-key': 'k'.repeat(40), 'max-calls': 'many' }, [], 'maxCalls'],
  [{ host: 'foo' }, ['agent.json'], 'leave one of them out'],
  [{}, ['/nowhere/agent.json'], "can't be read"],
])('%j %j is a wrong use: %s', async (flags, words, said) => {
  const { over } = begin(await folder(), flags, words)
  await expect(over).rejects.toThrow(InvalidConfig)
  await expect(over).rejects.toThrow(said)
})
