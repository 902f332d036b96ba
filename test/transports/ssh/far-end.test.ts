import { mkdtemp, rm } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished } from 'node:stream/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FarEnd, Remote } from '../../../src/core/ports.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

describe('a raw stream to a host', needs('sshd'), () => {
  let lab: Lab
  let ssh: Reach
  let folder: string
  let echo: net.Server
  let socketPath: string
  const sockets = new Set<net.Socket>()

  beforeAll(async () => {
    lab = await startLab([{ name: 'iron' }, { name: 'closed', config: ['AllowStreamLocalForwarding no'] }])
    ssh = await reach(lab)
    folder = await mkdtemp(path.join(os.tmpdir(), 'reops-far-'))
    socketPath = path.join(folder, 'echo')
    echo = net.createServer({ allowHalfOpen: true }, socket => {
      sockets.add(socket)
      socket.pipe(socket)
    })
    await new Promise<void>(resolve => echo.listen(socketPath, resolve))
  })
  afterAll(async () => {
    await ssh?.close()
    await lab?.stop()
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => echo.close(resolve))
    await rm(folder, { recursive: true, force: true })
  })
  const open = async (host: string, to: FarEnd): Promise<Duplex> => {
    const remote: Remote = await ssh.transport.open({ name: host }, { signal: never })
    return remote.stream!(to, { signal: never })
  }

  test.each([
    ['a unix socket', () => ({ socketPath })],
    ['a command', () => ({ command: ['cat'] })],
  ])('leads to %s, with every byte both ways', async (_, to) => {
    const stream = await open('iron', to())
    const said = 'Grüße\0'.repeat(100_000)
    stream.end(said)
    expect(await text(stream)).toBe(said)
  })

  test('goes beside commands on the same connection', async () => {
    const stream = await open('iron', { socketPath })
    expect((await ssh.run('iron', ['echo', 'beside'])).stdout).toBe('beside\n')
    expect(ssh.events.filter(event => event.kind === 'connected' && event.host === 'iron')).toHaveLength(1)
    stream.destroy()
  })

  test.each([
    ['iron', 'nowhere', () => ({ socketPath: `${folder}/nowhere` })],
    ['closed', 'echo', () => ({ socketPath })],
  ])('that %s does not give says so', async (host, named, to) => {
    const trouble = await troubleOf(open(host, to()))
    expect(trouble).toMatchObject({ code: 'exception' })
    expect(trouble.message).toContain(named)
  })

  test('ends with what its command complained of', async () => {
    const stream = await open('iron', { command: ['sh', '-c', 'echo so not >&2; exit 3'] })
    stream.resume()
    const trouble = await troubleOf(finished(stream))
    expect(trouble).toMatchObject({ code: 'exception' })
    expect(trouble.message).toContain('sh ended with 3: so not')
  })

  test('is ended by the transport, so that nothing hangs', async () => {
    const own = await reach(lab)
    const remote = await own.transport.open({ name: 'iron' }, { signal: never })
    const stream = await remote.stream!({ command: ['sleep', '20'] }, { signal: never })
    const ended = finished(stream.resume()).catch(() => 'ended')
    await own.close()
    await ended
    expect(stream.destroyed).toBe(true)
  })
})
