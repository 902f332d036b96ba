import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { checkOnly, deployAgent, hosts, pipe, removeAgent, stats, upgradeAgent } from 're-ops'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readKeyring } from '../../../../src/run/bridge/keyring/file.ts'
import { bridgePlace } from '../../../../src/run/bridge/place.ts'
import { leaveOut, needs } from '../../../support/needs.ts'
import { type DeployLab, deployLab } from './lab.ts'

let lab: DeployLab
const at = (...names: string[]) => path.join(lab.folder, ...names)
const keysOf = (host: string) =>
  readKeyring(bridgePlace({ ...lab.loaded, folder: lab.folder, file: undefined }).keyring).keys.filter(
    ({ name, revokedAt }) => name === host && revokedAt === undefined,
  )
const agentOf = (host: string) => lab.bridge.status().agents.find(agent => agent.host === host)
const asRoot = process.getuid?.() === 0 ? {} : leaveOut('needs root, to be somebody else')
/** An address where nobody listens, so that no agent ever registers. */
const nowhere = 'tcp://127.0.0.1:9'
const dialling = (url: string | undefined) => {
  const { agentsUrl: _, ...rest } = lab.loaded.config.bridge
  lab.loaded.config = {
    ...lab.loaded.config,
    bridge: { ...rest, ...(url === undefined ? {} : { agentsUrl: url }) },
  }
}

/** What became of one host, which did not fail. */
async function done<T>(work: Promise<{ successful: readonly { value: T }[]; failure: readonly unknown[] }>) {
  const { successful, failure } = await work
  expect(failure).toEqual([])
  return successful[0]!.value
}

describe('over real SSH servers', needs('sshd', 'setpriv'), () => {
  beforeAll(async () => {
    lab = await deployLab()
  })
  afterAll(() => lab.close())

  describe('an agent that is deployed over SSH', () => {
    const options = () => ({ folder: at('foo agent') })

    test('is only looked at when it is checked', async () => {
      const would = await done(lab.run(checkOnly(deployAgent(options())), ['foo']))
      expect(would).toMatchObject({ changed: true, checked: true })
      expect(existsSync(at('foo agent'))).toBe(false)
      expect(keysOf('foo')).toEqual([])
    })

    test('registers, answers, and is left alone when it is deployed again', async () => {
      const first = await done(lab.run(deployAgent(options()), ['foo']))
      const { version } = first
      expect(first).toMatchObject({
        changed: true,
        folder: at('foo agent'),
        supervisor: 'plain',
        node: expect.stringMatching(/^v\d+/),
        what: [`agent ${version}`, 'enrolled', 'started'],
      })
      expect(agentOf('foo')).toMatchObject({ state: 'connected', version })
      await done(lab.run(stats(), ['foo']))
      const again = await done(lab.run(deployAgent(options()), ['foo']))
      expect(again).toMatchObject({ changed: false, what: [], version, changes: 0 })
      const byAgent = hosts({ via: 'agent' }, ['foo'])
      expect(await done(lab.run(upgradeAgent(options()), byAgent))).toMatchObject({ changed: false, version })
      const other = await lab.run(deployAgent(options()), ['bare'])
      expect(other.failure).toMatchObject([
        { code: 'refused', message: expect.stringContaining('is that of foo') },
      ])
    })

    test('leaves nothing that others may read, and its token was used up', async () => {
      for (const name of ['.', 'current/options.json', 'state', 'state/agent.key', 'log'])
        expect((await stat(at('foo agent', name))).mode & 0o077, name).toBe(0)
      expect(await readdir(at('foo agent', 'state'))).not.toContain('token')
      expect(existsSync(at('foo agent', 'lock'))).toBe(false)
    })

    test('is put right when somebody changed it, and started when it does not run', async () => {
      await writeFile(at('foo agent/current/agent.mjs'), 'process.exit(2)\n')
      const { version } = agentOf('foo')!
      const mended = await done(lab.run(deployAgent(options()), ['foo']))
      expect(mended).toMatchObject({ changed: true, what: [`agent ${version} as it was sent`, 'started'] })
      for (const line of lab.processes(at('foo agent'))) process.kill(Number(line.split(' ')[0]), 'SIGKILL')
      expect(await done(lab.run(deployAgent(options()), ['foo']))).toMatchObject({ what: ['started'] })
      expect(lab.processes(at('foo agent'))).toHaveLength(2)
    })

    test('is started again by its supervisor when it dies', async () => {
      const before = (await readFile(at('foo agent/agent.pid'), 'utf8')).trim()
      process.kill(Number(before), 'SIGKILL')
      const after = async () => (await readFile(at('foo agent/agent.pid'), 'utf8').catch(() => before)).trim()
      await expect.poll(after, { timeout: 10_000 }).not.toBe(before)
      await expect.poll(() => agentOf('foo')?.state, { timeout: 10_000 }).toBe('connected')
    })

    test('is upgraded beside the one that runs, which is gone back to when the new one does not register', async () => {
      const before = agentOf('foo')!.version
      const port = /\d+$/.exec(lab.bridge.endpoints.find(one => one.for === 'agents')!.at)![0]
      dialling(`tcp://localhost:${port}`)
      const upgraded = await done(lab.run(upgradeAgent(options()), ['foo']))
      expect(upgraded).toMatchObject({ changed: true, before })
      expect(agentOf('foo')).toMatchObject({ state: 'connected', version: upgraded.version })

      dialling(nowhere)
      const { failure } = await lab.run(upgradeAgent({ ...options(), within: 1 }), ['foo'])
      dialling(undefined)
      expect(failure).toMatchObject([
        {
          host: 'foo',
          code: 'timeout',
          message: expect.stringContaining(`it went back to ${upgraded.version}, which has registered again`),
          detail: { log: expect.stringContaining('"started"') },
        },
      ])
      expect(agentOf('foo')).toMatchObject({ state: 'connected', version: upgraded.version })
      expect(await readlink(at('foo agent/current'))).toBe(upgraded.version)
      expect(lab.processes(at('foo agent'))).toHaveLength(2)

      // The third takes the place of the second, and the first goes.
      const third = await done(lab.run(deployAgent({ ...options(), maxCalls: 3 }), ['foo']))
      const releases = (await readdir(at('foo agent'))).filter(name => name.startsWith('0.'))
      expect(releases.toSorted()).toEqual([upgraded.version, third.version].toSorted())
      expect(keysOf('foo')).toHaveLength(1)
    })

    test('is deployed once at a time; who comes second finds it there', async () => {
      const wanted = { ...options(), maxCalls: 5 }
      const both = await Promise.all([1, 2].map(() => done(lab.run(deployAgent(wanted), ['foo']))))
      expect(both.map(({ changed }) => changed).toSorted()).toEqual([false, true])
      await writeFile(at('foo agent/current/kind'), 'odd\n')
      await mkdir(at('foo agent/lock'))
      await writeFile(at('foo agent/lock/holder'), 'of-another-bridge\n')
      const { failure } = await lab.run(deployAgent({ ...options(), maxCalls: 6 }), ['foo'])
      expect(failure).toMatchObject([
        { code: 'refused', message: expect.stringContaining('of-another-bridge') },
      ])
      expect(agentOf('foo')).toMatchObject({ state: 'connected' })
      await rm(at('foo agent/lock'), { recursive: true })
    })

    test('is removed with consent only, wholly, and its key stays unless it is to be revoked', async () => {
      const refused = await lab.run(removeAgent(options()), ['foo'])
      expect(refused.failure).toMatchObject([{ code: 'refused', message: expect.stringContaining('force') }])
      const removed = await done(lab.run(removeAgent({ ...options(), force: true }), ['foo']))
      expect(removed).toMatchObject({ changed: true, stays: [expect.stringContaining('revoke: true')] })
      expect(existsSync(at('foo agent'))).toBe(false)
      expect(lab.processes(at('foo agent'))).toEqual([])
      const known = await lab.run(deployAgent(options()), ['foo'])
      expect(known.failure).toMatchObject([{ code: 'refused', message: expect.stringContaining('replace') }])
      expect(existsSync(at('foo agent'))).toBe(false)

      const revoked = await done(lab.run(removeAgent({ ...options(), force: true, revoke: true }), ['foo']))
      expect(revoked).toMatchObject({ changed: true, what: ['key revoked'], stays: [] })
      expect(keysOf('foo')).toEqual([])
      expect(await done(lab.run(removeAgent({ ...options(), force: true }), ['foo']))).toMatchObject({
        changed: false,
      })
    })
  })

  test('an agent that can not register is a failure with its last words, and nothing of it is left', async () => {
    dialling(nowhere)
    const { failure } = await lab.run(deployAgent({ folder: at('lost'), within: 1 }), ['foo'])
    dialling(undefined)
    expect(failure).toMatchObject([
      {
        code: 'timeout',
        message: expect.stringMatching(
          /did not register .* within 1 s; what was put there was removed again; its log ends with: \{/,
        ),
        detail: { log: expect.stringContaining('"kind":"started"') },
      },
    ])
    expect(existsSync(at('lost'))).toBe(false)
    expect(lab.processes(at('lost'))).toEqual([])
    expect(keysOf('foo')).toEqual([])
  })

  test('a folder that holds something else is left alone', async () => {
    const { failure } = await lab.run(deployAgent({ folder: at('bin') }), ['foo'])
    expect(failure).toMatchObject([{ code: 'refused', message: expect.stringContaining('something else') }])
  })

  test('a host without Node is told what to install, or given the Node of the bridge', async () => {
    const host = await lab.run(deployAgent({ folder: at('bare'), node: 'host' }), ['bare'])
    expect(host.failure).toMatchObject([
      { code: 'refused', message: expect.stringMatching(/no Node in the PATH.*install Node 20 or later/) },
    ])
    const named = await lab.run(deployAgent({ folder: at('bare'), node: '/opt/none/node' }), ['bare'])
    expect(named.failure).toMatchObject([
      { code: 'refused', message: expect.stringContaining('/opt/none/node') },
    ])
    const old = at('old-node')
    await writeFile(old, '#!/bin/sh\necho "v18.20.8 $0"\n', { mode: 0o755 })
    const tooOld = await lab.run(deployAgent({ folder: at('bare'), node: old }), ['bare'])
    expect(tooOld.failure).toMatchObject([
      { code: 'refused', message: expect.stringMatching(/v18\.20\.8 at .* is too old; install Node 20/) },
    ])
    const brought = await done(lab.run(deployAgent({ folder: at('bare') }), ['bare']))
    expect(brought).toMatchObject({ changed: true, node: process.version })
    expect(brought.what).toContain(`Node ${process.version} brought`)
    expect(await readlink(at('bare/current/node'))).toBe(at(`bare/node/${process.version}/node`))
    expect(agentOf('bare')).toMatchObject({ state: 'connected' })
    const again = await done(lab.run(deployAgent({ folder: at('bare'), maxCalls: 2 }), ['bare']))
    expect(again.what).not.toContain(`Node ${process.version} brought`)
    await done(lab.run(removeAgent({ folder: at('bare'), force: true, revoke: true }), ['bare']))
    expect(existsSync(at('bare'))).toBe(false)
  })

  test('a plain user has it at home, whatever the home is called', asRoot, async () => {
    const { folder } = await done(lab.run(deployAgent(), ['plain']))
    expect(folder).toBe(path.join(lab.homes.plain, '.local/share/reops-agent'))
    expect((await stat(folder)).uid).toBe(65_534)
    expect(agentOf('plain')).toMatchObject({ state: 'connected' })
    expect((await readdir(lab.homes.plain)).filter(name => name.startsWith('.reops-agent-'))).toEqual([])
    await done(lab.run(pipe(removeAgent({ force: true, revoke: true })), ['plain']))
    expect(existsSync(folder)).toBe(false)
    expect(lab.processes(lab.homes.plain)).toEqual([])
  })

  test('where systemd runs it is a unit of the user, which is gone back to and removed', asRoot, async () => {
    const home = lab.homes.unit
    const unit = path.join(home, '.config/systemd/user/reops-agent.service')
    const calls = async () => (await readFile(path.join(home, 'calls'), 'utf8')).split('\n')
    const options = { supervisor: 'systemd', confine: true } as const
    const first = await done(lab.run(deployAgent(options), ['unit']))
    expect(first).toMatchObject({ changed: true, supervisor: 'systemd' })
    expect(agentOf('unit')).toMatchObject({ state: 'connected', version: first.version })
    expect(await readFile(unit, 'utf8')).toContain(`ReadWritePaths="${first.folder}"`)
    expect(await calls()).toEqual(
      expect.arrayContaining([
        'loginctl enable-linger',
        'systemctl --user --no-pager daemon-reload',
        'systemctl --user --no-pager enable reops-agent.service',
        'systemctl --user --no-pager restart reops-agent.service',
      ]),
    )
    expect(await done(lab.run(deployAgent(options), ['unit']))).toMatchObject({ changed: false })

    dialling(nowhere)
    const { failure } = await lab.run(upgradeAgent({ within: 1 }), ['unit'])
    dialling(undefined)
    expect(failure).toMatchObject([
      { message: expect.stringContaining(`it went back to ${first.version}, which has registered again`) },
    ])
    const removed = await done(lab.run(removeAgent({ force: true, revoke: true }), ['unit']))
    expect(removed.stays).toEqual([expect.stringContaining('disable-linger')])
    expect([existsSync(unit), existsSync(first.folder)]).toEqual([false, false])
    expect(await calls()).toContain('systemctl --user --no-pager disable reops-agent.service')
    expect(lab.processes(home)).toEqual([])
  })
})
