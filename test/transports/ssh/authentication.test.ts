import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { appendFile, chmod, copyFile, readFile, stat, writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { makeKey } from '../../lab/keys.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

const run = promisify(execFile)

/** An ssh-agent that holds the given keys. */
async function startAgent(socket: string, keys: readonly string[]): Promise<ChildProcess> {
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  while (!(await stat(socket).catch(() => undefined))) await sleep(10)
  if (keys.length > 0)
    await run('ssh-add', ['-q', ...keys], { env: { ...process.env, SSH_AUTH_SOCK: socket } })
  return agent
}

describe('authentication', needs('sshd', 'ssh-agent'), () => {
  let lab: Lab
  const opened: Reach[] = []
  const agents: ChildProcess[] = []
  const file = (name: string) => path.join(lab.folder, name)
  /** A key that every host of the lab accepts. */
  const accepted = async (name: string, type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519', passphrase = '') => {
    const publicKey = await makeKey(file(name), type, passphrase)
    await Promise.all(
      lab.hosts.map(host => appendFile(file(`${host.name}/authorized_keys`), `${publicKey}\n`)),
    )
    return file(name)
  }
  const over = async (change = {}) => {
    const each = await reach(lab, change)
    opened.push(each)
    return each
  }
  const open = (ssh: Reach, host: string, key?: string) =>
    ssh.transport.open({ name: host, ...(key ? { key } : {}) }, { signal: never })
  /** Without the key that the lab gives to every host. */
  const bare = (lab: Lab) =>
    Object.fromEntries(lab.hosts.map(({ name, address, port }) => [name, { address, port, user: lab.user }]))

  beforeAll(async () => {
    lab = await startLab([
      { name: 'a' },
      { name: 'b' },
      { name: 'c' },
      { name: 'impatient', config: ['LoginGraceTime 1'] },
      { name: 'strict', config: ['MaxAuthTries 3'] },
      { name: 'keyless', config: ['PubkeyAuthentication no', 'PasswordAuthentication yes'] },
    ])
  })
  afterAll(async () => {
    await Promise.all(opened.map(each => each.close()))
    for (const agent of agents) agent.kill()
    await lab?.stop()
  })

  test.each(['ed25519', 'ecdsa', 'rsa'] as const)('takes a key of type %s', async type => {
    const key = await accepted(`id_${type}_2`, type)
    await expect(open(await over(), 'a', key)).resolves.toBeDefined()
  })

  test('asks for a passphrase once, even when several hosts need it', async () => {
    const key = await accepted('locked', 'ed25519', 'open sesame')
    const askPassphrase = vi.fn(async () => 'open sesame')
    const ssh = await over({ askPassphrase })
    await Promise.all(['a', 'b', 'c'].map(host => open(ssh, host, key)))
    expect(askPassphrase).toHaveBeenCalledExactlyOnceWith(key)
  })

  test('asks only for a key that the host wants', async () => {
    await makeKey(file('unwanted'), 'ed25519', 'secret')
    const askPassphrase = vi.fn(async () => 'secret')
    const trouble = await troubleOf(open(await over({ askPassphrase }), 'a', file('unwanted')))
    expect(trouble.code).toBe('auth')
    expect(askPassphrase).not.toHaveBeenCalled()
  })

  test('does not count the time that a person takes', async () => {
    const key = await accepted('slowly', 'ed25519', 'x')
    const askPassphrase = async () => {
      await sleep(2_000)
      return 'x'
    }
    await expect(open(await over({ askPassphrase, connectTimeout: 1_900 }), 'a', key)).resolves.toBeDefined()
  })

  test('comes back when the host did not wait for the person', async () => {
    const key = await accepted('too-slowly', 'ed25519', 'x')
    const askPassphrase = vi.fn(async () => {
      await sleep(1_800)
      return 'x'
    })
    const ssh = await over({ askPassphrase })
    await expect(open(ssh, 'impatient', key)).resolves.toBeDefined()
    expect(askPassphrase).toHaveBeenCalledOnce()
    expect(ssh.events.some(event => event.kind === 'dropped')).toBe(true)
  })

  test('without anybody to ask says which key it is and how to load it', async () => {
    const key = await accepted('nobody', 'ed25519', 'x')
    const trouble = await troubleOf(open(await over(), 'a', key))
    expect(trouble.code).toBe('auth')
    expect(trouble.message).toContain(`ssh-add '${key}'`)
  })

  test('asks again after a wrong passphrase, three times in all', async () => {
    const key = await accepted('wrong', 'ed25519', 'right')
    const askPassphrase = vi.fn(async () => 'wrong')
    const trouble = await troubleOf(open(await over({ askPassphrase }), 'a', key))
    expect(trouble.message).toContain('wrong 3 times')
    expect(askPassphrase).toHaveBeenCalledTimes(3)
    const answers = ['wrong', 'right']
    await expect(
      open(await over({ askPassphrase: async () => answers.shift() }), 'a', key),
    ).resolves.toBeDefined()
  })

  test('reads old PEM keys, with their passphrase', async () => {
    const key = await accepted('pem', 'rsa')
    await run('ssh-keygen', ['-q', '-p', '-m', 'PEM', '-P', '', '-N', 'old one', '-f', key])
    expect(await readFile(key, 'utf8')).toContain('BEGIN RSA PRIVATE KEY')
    await expect(open(await over({ askPassphrase: async () => 'old one' }), 'a', key)).resolves.toBeDefined()
  })

  test('refuses a key that others may read, as ssh does', async () => {
    const key = await accepted('open-to-all')
    await chmod(key, 0o644)
    const trouble = await troubleOf(open(await over(), 'a', key))
    expect(trouble.code).toBe('auth')
    expect(trouble.message).toContain(`chmod 600 '${key}'`)
    await chmod(key, 0o600)
    await expect(open(await over(), 'a', key)).resolves.toBeDefined()
  })

  test('names a key file that is not there, or is none', async () => {
    const ssh = await over()
    expect((await troubleOf(open(ssh, 'a', file('absent')))).message).toContain(
      `${file('absent')}: there is no such file`,
    )
    await writeFile(file('garbage'), 'not a key', { mode: 0o600 })
    expect((await troubleOf(open(ssh, 'a', file('garbage')))).message).toContain('no key that we can read')
  })

  test('finds the usual key files where none is named', async () => {
    const ssh = await over({ hosts: bare(lab), defaultKeys: ['~/.ssh/id_absent', lab.key] })
    expect((await ssh.run('a', 'true')).exit).toBe(0)
    const none = await over({ hosts: bare(lab), defaultKeys: [] })
    expect((await troubleOf(none.run('a', 'true'))).message).toContain('wants a key')
  })

  test('says which methods a host takes when keys are not among them', async () => {
    expect((await troubleOf(open(await over(), 'keyless'))).message).toContain(
      'takes no keys (it takes password)',
    )
  })

  describe('with an agent', () => {
    let agent: string
    beforeAll(async () => {
      const locked = await accepted('in-agent')
      await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'forgotten', '-f', locked])
      await copyFile(locked, file('loose'))
      await run('ssh-keygen', ['-q', '-p', '-P', 'forgotten', '-N', '', '-f', file('loose')])
      const strangers = Array.from({ length: 4 }, (_, index) => file(`stranger${index}`))
      await Promise.all(strangers.map(stranger => makeKey(stranger)))
      agent = file('agent.sock')
      agents.push(await startAgent(agent, [...strangers, file('loose')]))
    })

    test('lets it sign for a file that needs a passphrase', async () => {
      const askPassphrase = vi.fn(async () => undefined)
      await expect(open(await over({ agent, askPassphrase }), 'a', file('in-agent'))).resolves.toBeDefined()
      expect(askPassphrase).not.toHaveBeenCalled()
    })

    test('tries its keys where none is named', async () => {
      const ssh = await over({ agent, hosts: bare(lab), defaultKeys: [] })
      expect((await ssh.run('a', 'true')).exit).toBe(0)
    })

    test('that holds too many keys gets a message that says what to do', async () => {
      const ssh = await over({ agent, hosts: bare(lab), defaultKeys: [] })
      const trouble = await troubleOf(ssh.run('strict', 'true'))
      expect(trouble.code).toBe('auth')
      expect(trouble.message).toContain('IdentitiesOnly')
    })

    test('offers only the named key where there is one', async () => {
      await expect(open(await over({ agent }), 'strict', file('in-agent'))).resolves.toBeDefined()
      const configFile = file('config')
      await writeFile(configFile, `Host *\n IdentityFile ${lab.key}\n IdentitiesOnly yes\n`)
      expect((await (await over({ agent, configFile, hosts: bare(lab) })).run('strict', 'true')).exit).toBe(0)
    })

    test('that hangs is no obstacle for a file either', async () => {
      const socket = file('hanging.sock')
      const hanging = net.createServer()
      await new Promise<void>(resolve => hanging.listen(socket, resolve))
      expect((await (await over({ agent: socket })).run('a', 'true')).exit).toBe(0)
      hanging.close()
    })

    test('that does not answer is no obstacle for a file', async () => {
      expect((await (await over({ agent: file('no-agent') })).run('a', 'true')).exit).toBe(0)
    })
  })
})
