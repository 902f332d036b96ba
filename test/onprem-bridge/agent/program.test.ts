import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localFacts } from '../../../onprem-bridge/agent/facts.ts'
import { readAgentOptions } from '../../../onprem-bridge/agent/options.ts'
import { factsSchema } from '../../../src/operations/remote/facts/schema.ts'
import { makeKeyPair } from '../../../src/transports/zeromq/keys.ts'

const root = path.resolve(import.meta.dirname, '../../..')
let folder: string
let bundle: string
const at = (name: string) => path.join(folder, name)
const options = (more: object = {}) => ({
  bridge: 'tcp://127.0.0.1:9',
  bridgeKey: makeKeyPair().publicKey,
  keyFile: at('agent.key'),
  state: at('state'),
  host: 'foo',
  ...more,
})

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'reops-agent-program-'))
  bundle = at('agent.mjs')
  await build({
    entryPoints: [path.join(root, 'onprem-bridge/agent/main.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['zeromq'],
    logLevel: 'silent',
  })
  await symlink(path.join(root, 'node_modules'), at('node_modules'), 'dir')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('the program is one file that needs zeromq and Node and nothing else', async () => {
  const text = await readFile(bundle, 'utf8')
  const imported = [...text.matchAll(/^import .*?from\s*"([^"]+)"|import\("([^"]+)"\)/gm)].map(
    ([, one, two]) => one ?? two,
  )
  expect(
    imported.filter(name => name !== undefined && !name.startsWith('node:') && name !== 'zeromq'),
  ).toEqual([])
  expect(imported).toContain('zeromq')
})

test('the program dials, says what it does in lines of JSON without a secret, and ends when it is told to', async () => {
  await writeFile(at('token'), 'a-secret-token\n')
  await writeFile(at('options.json'), JSON.stringify(options({ tokenFile: at('token') })))
  const child = spawn(process.execPath, [bundle, at('options.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let said = ''
    child.stdout.on('data', chunk => {
      said += chunk
    })
    while (!said.includes('"session"')) await once(child.stdout, 'data')
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    const events = said
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { kind: string; key?: string })
    const keys = JSON.parse(await readFile(at('agent.key'), 'utf8')) as {
      publicKey: string
      secretKey: string
    }
    expect(events[0]).toMatchObject({ kind: 'started', host: 'foo', key: keys.publicKey })
    expect(events.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['session', 'draining', 'ended']))
    expect(said).not.toContain(keys.secretKey)
    expect(said).not.toContain('a-secret-token')
    expect(code).toBe(0)
  } finally {
    child.kill('SIGKILL')
  }
})

test('the program says what is wrong with its options, and does not start', async () => {
  const run = promisify(execFile)
  await expect(run(process.execPath, [bundle])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('usage'),
  })
  await writeFile(at('bad.json'), JSON.stringify(options({ bridge: 'nowhere', more: 1 })))
  await expect(run(process.execPath, [bundle, at('bad.json')])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/bad\.json: .*bridge: is an address such as tcp/),
  })
})

test.each([
  ['{', "can't be read as the agent's options"],
  ['{}', 'bridgeKey'],
  ['[]', 'expected object'],
])('options that are %s are refused by name', async (text, words) => {
  await writeFile(at('odd.json'), text)
  expect(() => readAgentOptions(at('odd.json'))).toThrow(words)
})

test('the facts of this host are those that the operation finds', async () => {
  const facts = await localFacts()
  expect(factsSchema.parse(facts)).toEqual(facts)
  expect(facts.hostname).toBe(os.hostname())
  expect(facts.cpu.count).toBe(os.cpus().length)
})
