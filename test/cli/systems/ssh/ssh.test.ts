import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../../../src/run/config.ts'
import { openSystems } from '../../../../src/run/open-systems.ts'
import { type Lab, startLab } from '../../../lab/sshd.ts'
import { needs } from '../../../support/needs.ts'
import { makeProject } from '../../harness.ts'
import { reops, startReops } from '../../real.ts'

const id = (number: number) => `sys-${String(number).padStart(20, '0')}`

describe('ssh', needs('ssh', 'sshd'), () => {
  let lab: Lab
  let folder: string
  beforeAll(async () => {
    lab = await startLab([
      { name: 'far' },
      { name: 'inner', behind: 'far' },
      { name: 'changed', is: 'changed' },
    ])
    const { user } = lab
    const hosts = Object.fromEntries(
      lab.hosts.map(({ name, address, port }) => [name, { address, port, user, key: 'closet' }]),
    )
    const config = {
      hosts,
      groups: { both: ['far', 'changed'] },
      ssh: {
        config: false,
        agent: false,
        knownHosts: [path.join(lab.folder, 'known_hosts')],
        keys: { closet: lab.key },
      },
    }
    folder = await makeProject({ 'reops.config.ts': `export default ${JSON.stringify(config)}\n` })
    const store = await openSystems(await loadConfig(path.join(folder, 'reops.config.ts')))
    const { address, port } = lab.host('far')
    const common = { provider: 'kvm', volumes: [], description: '', tags: [], user, key: 'closet' }
    const author = { by: 'test', at: 1 }
    await store.add({ ...common, id: id(1), hostname: 'redis-1', address, port, state: 'running' }, author)
    await store.add({ ...common, id: id(2), hostname: 'asleep', address, port: 1, state: 'stopped' }, author)
    await store.close()
  }, 20_000)
  afterAll(async () => {
    await lab.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const knownHosts = () => readFile(path.join(folder, '.reops/known_hosts'), 'utf8')

  test('logs in to a system, whose shell reads the command', async () => {
    const { status, stdout } = await reops(['ssh', 'redis-1', '--', 'echo', '$((6*7))'], { cwd: folder })
    expect({ status, stdout }).toEqual({ status: 0, stdout: '42\n' })
  })

  test('exits as the command over there', async () => {
    expect((await reops(['ssh', 'redis-1', '--', 'exit 42'], { cwd: folder })).status).toBe(42)
  })

  test('keeps the host key where the transport looks for it', async () => {
    await reops(['ssh', id(1), 'true'], { cwd: folder })
    expect(await knownHosts()).toMatch(new RegExp(`^${id(1)} ssh-ed25519 `, 'm'))
    const { status } = await reops(['exec', 'far', '--', 'true'], { cwd: folder })
    expect(status).toBe(0)
  })

  test('goes to hosts of the configuration, also through others', async () => {
    const { status, stdout, stderr } = await reops(['ssh', 'inner', '--jump', 'far', '--', 'cat'], {
      cwd: folder,
      stdin: 'through two',
    })
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'through two', stderr: '' })
  })

  test('refuses a host whose key has changed, as the transport does', async () => {
    const { status, stderr } = await reops(['ssh', 'changed', 'true'], { cwd: folder })
    expect(stderr).toContain('REMOTE HOST IDENTIFICATION HAS CHANGED')
    expect(status).toBe(255)
  })

  test('says that a system is stopped, and tries all the same', async () => {
    const { status, stderr } = await reops(['ssh', 'asleep', 'true'], { cwd: folder })
    expect(stderr).toContain('reops: asleep is stopped, as far as is known; reops start asleep starts it')
    expect(status).toBe(255)
  })

  test('of several hosts is refused', async () => {
    const { status, stderr } = await reops(['ssh', 'both'], { cwd: folder })
    expect(stderr).toContain('reops: reops ssh goes to one host, and both is 2; name one of them')
    expect(status).toBe(2)
  })

  test('hands a SIGTERM on, and exits for it', async () => {
    const { child, ended } = startReops(['ssh', 'redis-1', '--', 'echo here; cat'], folder)
    await new Promise(resolve => child.stdout.once('data', resolve))
    child.kill('SIGTERM')
    expect((await ended).status).toBe(143)
  })
})

test('ssh without the program says what to install', async () => {
  const folder = await makeProject({})
  await writeFile(
    path.join(folder, 'reops.config.ts'),
    'export default { ssh: { config: false, agent: false } }\n',
  )
  const { status, stderr } = await reops(['ssh', 'foo@127.0.0.1', 'true'], {
    cwd: folder,
    env: { PATH: path.join(folder, 'nothing') },
  })
  await rm(folder, { recursive: true, force: true })
  expect(stderr).toContain('reops: the program ssh is not installed; install OpenSSH')
  expect(status).toBe(2)
})
