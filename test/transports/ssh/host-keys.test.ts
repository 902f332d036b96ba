import { execFileSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { type Reach, reach, troubleOf } from './reach.ts'

describe('host keys', needs('sshd', 'ssh-keygen'), () => {
  let lab: Lab
  const opened: Reach[] = []
  const over = async (change = {}) => {
    const each = await reach(lab, change)
    opened.push(each)
    return each
  }
  const own = (ssh: Reach) => readFileSync(path.join(ssh.folder, 'state', 'known_hosts'), 'utf8')

  beforeAll(async () => {
    lab = await startLab([
      { name: 'foo' },
      { name: 'changed', is: 'changed' },
      { name: 'both', hostKeys: ['rsa', 'ecdsa', 'ed25519'] },
      ...Array.from({ length: 17 }, () => ({})),
    ])
  })
  afterAll(async () => {
    await Promise.all(opened.map(each => each.close()))
    await lab?.stop()
  })

  test('first contacts with twenty hosts at once are recorded, one whole line each, and stay known', async () => {
    const ssh = await over({ knownHostsFiles: [] })
    await Promise.all(lab.hosts.map(({ name }) => ssh.run(name, 'true')))
    expect(own(ssh).trim().split('\n')).toHaveLength(lab.hosts.length)
    expect(ssh.events.filter(event => event.kind === 'recorded')).toHaveLength(lab.hosts.length)
    // OpenSSH's own tool finds them there.
    execFileSync('ssh-keygen', [
      '-F',
      `[127.0.0.1]:${lab.host('foo').port}`,
      '-f',
      path.join(ssh.folder, 'state', 'known_hosts'),
    ])
    const again = await over({
      knownHostsFiles: [],
      stateFolder: path.join(ssh.folder, 'state'),
      hostKeys: 'strict',
    })
    expect((await again.run('foo', 'true')).exit).toBe(0)
  })

  test('a changed key is refused before any authentication, with both fingerprints', async () => {
    const ssh = await over()
    const before = lab.host('changed').log().length
    const trouble = await troubleOf(ssh.run('changed', 'true'))
    expect(trouble.code).toBe('host-key')
    expect(trouble.detail).toMatchObject({
      expected: expect.stringMatching(/^SHA256:/),
      received: expect.stringMatching(/^SHA256:/),
      file: lab.knownHosts,
      line: 2,
    })
    const shown = execFileSync('ssh-keygen', ['-lf', path.join(lab.folder, 'changed', 'host_ed25519.pub')], {
      encoding: 'utf8',
    })
    expect(shown).toContain(String(trouble.detail.received))
    expect(lab.host('changed').log().slice(before)).not.toContain('publickey')
  })

  test('names that OpenSSH has hashed are recognised', async () => {
    const hashed = path.join(lab.folder, 'hashed')
    copyFileSync(lab.knownHosts, hashed)
    execFileSync('ssh-keygen', ['-H', '-f', hashed], { stdio: 'ignore' })
    expect(readFileSync(hashed, 'utf8')).toMatch(/^\|1\|/)
    const ssh = await over({ knownHostsFiles: [hashed], hostKeys: 'strict' })
    expect((await ssh.run('foo', 'true')).exit).toBe(0)
    expect((await troubleOf(ssh.run('changed', 'true'))).detail).toMatchObject({ file: hashed })
  })

  test('an unknown host is refused by the strict policy, from our options or from the ssh configuration', async () => {
    const strict = await over({ knownHostsFiles: [], hostKeys: 'strict' })
    expect((await troubleOf(strict.run('foo', 'true'))).message).toContain('is not known')
    const configFile = path.join(lab.folder, 'config-strict')
    writeFileSync(configFile, 'Host foo\n StrictHostKeyChecking yes\n')
    const configured = await over({ knownHostsFiles: [], configFile })
    expect((await troubleOf(configured.run('foo', 'true'))).code).toBe('host-key')
    expect((await configured.run('both', 'true')).exit).toBe(0)
  })

  test.each(['rsa', 'ecdsa', 'ed25519'])(
    'a host with several keys shows the %s one under which it is known',
    async type => {
      const file = path.join(lab.folder, `only-${type}`)
      const lines = lab.host('both').knownHosts.filter(line => line.includes(type))
      writeFileSync(file, `${lines.join('\n')}\n`)
      const ssh = await over({ knownHostsFiles: [file], hostKeys: 'strict' })
      expect((await ssh.run('both', 'true')).exit).toBe(0)
    },
  )

  test('a revoked key is refused', async () => {
    const file = path.join(lab.folder, 'revoked')
    const [line] = lab.host('foo').knownHosts
    writeFileSync(file, `${line}\n@revoked ${line?.replace(/^\S+/, '*')}\n`)
    const ssh = await over({ knownHostsFiles: [file] })
    expect(await troubleOf(ssh.run('foo', 'true'))).toMatchObject({
      code: 'host-key',
      detail: { revoked: true },
    })
  })

  test('a first contact that can not be recorded sends nothing about us', async () => {
    const ssh = await over({ knownHostsFiles: [], ownKnownHostsFile: '/dev/null/known_hosts' })
    const before = lab.host('foo').log().length
    expect((await troubleOf(ssh.run('foo', 'true'))).message).toContain('/dev/null/known_hosts')
    expect(lab.host('foo').log().slice(before)).not.toContain('publickey')
  })
})
