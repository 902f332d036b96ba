import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import ssh2, { type ConnectConfig } from 'ssh2'
import { describe, expect, test } from 'vitest'
import { generateKey } from '../../../../src/transports/ssh/closet/keys.ts'
import { ask, closetOf, connect, execute, open, said, sftpOf } from './lab.ts'

describe('a host lets in', () => {
  test('the generated key for its user', async () => {
    const closet = await closetOf()
    for (const name of ['foo', 'bar', 'big-iron', 'attic', 'cellar']) {
      expect(await execute(await connect(closet, name), 'hostname')).toMatchObject({
        stdout: `${name}\n`,
        code: 0,
      })
    }
  })

  test('nobody with another key, another user, a password or nothing', async () => {
    const closet = await closetOf({ name: 'foo' })
    const attempts: ConnectConfig[] = [
      { privateKey: generateKey('other').private },
      { username: 'root' },
      { privateKey: undefined as never, password: 'ops' },
      { privateKey: undefined as never, tryKeyboard: true },
      { privateKey: undefined as never },
    ]
    for (const attempt of attempts) {
      await expect(connect(closet, 'foo', attempt)).rejects.toMatchObject({ level: 'client-authentication' })
    }
  })

  test('nobody at all when it is the one that refuses our key', async () => {
    await expect(connect(await closetOf(), 'vault')).rejects.toMatchObject({ level: 'client-authentication' })
  })

  test('nobody who keeps trying', async () => {
    const closet = await closetOf({ name: 'foo' })
    let tried = 0
    const client = new ssh2.Client()
    const { port, user } = closet.hosts[0]!
    client.on('error', () => {})
    client.connect({
      host: '127.0.0.1',
      port,
      username: user,
      authHandler: (_left, _partial, next) => {
        tried++
        next({ type: 'password', username: user, password: String(tried) })
      },
    })
    await once(client, 'close')
    expect(tried).toBeLessThanOrEqual(9)
  })
})

test('nothing answers on the port of a host that is down', async () => {
  const { hosts } = await closetOf()
  const { port } = hosts.find(host => host.name === 'dusty')!
  for (let attempt = 0; attempt < 3; attempt++) {
    const [error] = await once(dial(port, '127.0.0.1'), 'error').catch(error => [error])
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  }
})

describe('a host refuses', () => {
  test('forwarding, of ports and sockets, both ways', async () => {
    const closet = await closetOf({ name: 'foo' }, { name: 'bar' })
    const client = await connect(closet, 'foo')
    const { port } = closet.hosts[1]!
    await expect(ask(done => client.forwardOut('127.0.0.1', 0, '127.0.0.1', port, done))).rejects.toThrow()
    await expect(ask(done => client.forwardIn('127.0.0.1', 0, done))).rejects.toThrow()
    await expect(ask(done => client.openssh_forwardOutStreamLocal('/run/x', done))).rejects.toThrow()
    expect(await execute(client, 'echo on')).toMatchObject({ stdout: 'on\n' })
  })

  test('terminals, X11, an agent, and any subsystem but SFTP', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    await expect(ask(done => client.exec('true', { pty: true }, done))).rejects.toThrow()
    await expect(ask(done => client.exec('true', { x11: true }, done))).rejects.toThrow()
    await expect(ask(done => client.subsys('netconf', done))).rejects.toThrow()
  })

  test('more sessions on one connection than sshd takes', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    const channels = await Promise.all(Array.from({ length: 10 }, () => open(client, 'cat')))
    await expect(open(client, 'true')).rejects.toThrow('Channel open failure')
    const ended = channels.map(said)
    for (const channel of channels) channel.end()
    expect((await Promise.all(ended)).map(({ code }) => code)).toEqual(Array(10).fill(0))
    expect(await execute(client, 'true')).toMatchObject({ code: 0 })
  })

  test('noise, and goes on for everybody else', async () => {
    const closet = await closetOf({ name: 'foo' })
    const { port } = closet.hosts[0]!
    for (const noise of [
      'GET / HTTP/1.1\r\n\r\n',
      'SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff\xff\xff',
      '\0'.repeat(70_000),
    ]) {
      const socket = dial(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.resume().end(Buffer.from(noise, 'latin1'))
      await once(socket, 'close')
    }
    const client = await connect(closet, 'foo')
    const sftp = await sftpOf(client)
    expect(await ask(done => sftp.realpath('.', done))).toContain('foo')
  })
})

test('what listens is on loopback alone', async () => {
  const closet = await closetOf({ name: 'foo' })
  const hex = closet.hosts[0]!.port.toString(16).toUpperCase().padStart(4, '0')
  const table = await readFile('/proc/net/tcp', 'utf8').catch(() => ` 0100007F:${hex} 00000000:0000 0A `)
  const listening = table.split('\n').filter(line => line.includes(`:${hex} 00000000:0000 0A`))
  expect(listening).toHaveLength(1)
  expect(listening[0]).toContain(` 0100007F:${hex} `)
})
