import { mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import type { Session } from 'ssh2'
import { afterEach, describe, expect, test } from 'vitest'
import type { Transport } from '../../../src/core/ports.ts'
import { createSshTransport } from '../../../src/transports/ssh/index.ts'
import { type Listening, listen, sayingServer } from '../../lab/servers.ts'
import {
  cut,
  type StrangeServer,
  serveStrangeFolder,
  socketOf,
  strangeServer,
} from '../../lab/strange-server.ts'
import { never, troubleOf } from './reach.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function against(
  server: Listening | StrangeServer,
  change = {},
): Promise<{ transport: Transport; folder: string }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-strange-'))
  const transport = createSshTransport({
    stateFolder: path.join(folder, 'state'),
    home: folder,
    configFile: false,
    knownHostsFiles: [],
    agent: false,
    hosts: { strange: { address: '127.0.0.1', port: server.port, user: 'me' } },
    ...change,
  })
  cleanups.push(
    () => rm(folder, { recursive: true, force: true }),
    () => server.stop(),
    () => transport.close(),
  )
  return { transport, folder }
}
const open = (transport: Transport) => transport.open({ name: 'strange' }, { signal: never })

describe('a peer that is no SSH server', () => {
  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['a mail server', '220 mail ESMTP\r\n'],
  ])('is told what it said: %s', async (_, words) => {
    const { transport } = await against(await sayingServer(words, true))
    const trouble = await troubleOf(open(transport))
    expect(trouble.code).toBe('unreachable')
    expect(trouble.message).toContain(words.split('\r')[0])
  })

  test('that never stops greeting is given up', async () => {
    const { transport } = await against(await sayingServer('x'.repeat(20_000), false))
    expect((await troubleOf(open(transport))).code).toBe('unreachable')
  })

  test('that identifies itself and hangs is told from one that says nothing', async () => {
    const { transport } = await against(await sayingServer('SSH-2.0-OpenSSH_9.9\r\n', false), {
      connectTimeout: 300,
    })
    expect(await troubleOf(open(transport))).toMatchObject({
      code: 'unreachable',
      detail: { stage: 'key exchange' },
    })
  })

  test('that speaks garbage after identifying itself is no crash', async () => {
    const { transport } = await against(
      await sayingServer(`SSH-2.0-x\r\n${'\0garbage\xff'.repeat(100)}`, true),
    )
    expect((await troubleOf(open(transport))).code).toBe('unreachable')
  })

  test('that puts control characters into its greeting can not paint the terminal', async () => {
    const { transport } = await against(await sayingServer('\x1b[2J\x1b]0;owned\x07\r\n', true))
    expect((await troubleOf(open(transport))).message).not.toMatch(/[\x00-\x1f]/)
  })

  test('that hangs up in the key exchange is unreachable at once, without more attempts', async () => {
    let knocks = 0
    const server = await listen(socket => {
      knocks++
      socket.write('SSH-2.0-x\r\n')
      socket.once('data', () => socket.destroy())
    })
    const { transport } = await against(server)
    expect((await troubleOf(open(transport))).message).toContain('key exchange')
    expect(knocks).toBe(1)
  })
})

describe('a command that is over before anybody can listen', () => {
  /** All that is said of it comes in one piece with the word that it was begun. */
  const inOnePiece = () =>
    strangeServer((session, connection) =>
      session.on('exec', accept => {
        const socket = socketOf(connection)
        socket.cork()
        const channel = accept()
        channel.stderr.write('so not')
        channel.exit(3)
        channel.end()
        setImmediate(() => socket.uncork())
      }),
    )

  test('has its exit status', async () => {
    const { transport } = await against(await inOnePiece())
    const result = await (await open(transport)).exec('false', { signal: never })
    expect(result).toMatchObject({ exit: 3, stderr: 'so not' })
  })

  test('ends its raw stream by it', async () => {
    const { transport } = await against(await inOnePiece())
    const stream = await (await open(transport)).stream!({ command: ['sh'] }, { signal: never })
    const trouble = await troubleOf(finished(stream.resume()))
    expect(trouble.message).toContain('sh ended with 3: so not')
  })
})

describe('an SSH server that dies', () => {
  const onExec =
    (how: (accept: () => import('ssh2').ServerChannel, reject: () => void) => void) => (session: Session) => {
      session.on('exec', (accept, reject) => how(accept, reject as () => void))
    }

  test('when it has the command and before it answers: the command may have run', async () => {
    const server = await strangeServer((session, connection) => session.on('exec', () => cut(connection)))
    const { transport } = await against(server)
    expect((await troubleOf((await open(transport)).exec('true', { signal: never }))).code).toBe('unknown')
  })

  test('in the middle of the output: the tail is kept', async () => {
    const server = await strangeServer((session, connection) =>
      session.on('exec', accept => {
        accept().write('half an answer', () => setTimeout(() => cut(connection), 50))
      }),
    )
    const { transport } = await against(server)
    const trouble = await troubleOf((await open(transport)).exec('true', { signal: never }))
    expect(trouble).toMatchObject({ code: 'unknown', detail: { stdout: 'half an answer' } })
  })

  test('or closes the channel without an exit status', async () => {
    const { transport } = await against(await strangeServer(onExec(accept => accept().close())))
    expect((await troubleOf((await open(transport)).exec('true', { signal: never }))).code).toBe('unknown')
  })

  test('or refuses to execute anything', async () => {
    const { transport } = await against(await strangeServer(onExec((_, reject) => reject())))
    const trouble = await troubleOf((await open(transport)).exec('true', { signal: never }))
    expect(trouble).toMatchObject({ code: 'exception', message: expect.stringContaining('does not execute') })
  })

  test('or stops answering: keepalive notices', async () => {
    const server = await strangeServer((session, connection) =>
      session.on('exec', accept => {
        accept()
        socketOf(connection).pause()
      }),
    )
    const { transport } = await against(server, { keepaliveInterval: 50, keepaliveCount: 2 })
    expect((await troubleOf((await open(transport)).exec('sleep 60', { signal: never }))).code).toBe(
      'unknown',
    )
  })

  test('or never answers to a command: the connection is given up', async () => {
    const server = await strangeServer(session => session.on('exec', () => undefined))
    const { transport } = await against(server, { connectTimeout: 2_000 })
    expect((await troubleOf((await open(transport)).exec('true', { signal: never }))).code).toBe('unknown')
  })

  test('or never answers, and is not waited for after a cancel', async () => {
    const server = await strangeServer(session => session.on('exec', () => undefined))
    const { transport } = await against(server)
    const work = (await open(transport)).exec('true', { signal: AbortSignal.timeout(100) })
    expect((await troubleOf(work)).code).toBe('unknown')
  })
})

describe('a hostile file server', () => {
  test.each(['../evil', '..', '/etc/evil', 'sub/evil', ''])(
    'can not write outside the folder by naming a file %j',
    async name => {
      const server = await strangeServer(session =>
        serveStrangeFolder(session, [
          { name: 'fine', kind: 'file' },
          { name, kind: 'file' },
        ]),
      )
      const { transport, folder } = await against(server)
      const into = path.join(folder, 'into')
      const work = (await open(transport)).download('/remote', into, { signal: never })
      if (name === '..') await expect(work).resolves.toMatchObject({ files: 1 })
      else
        expect(await troubleOf(work)).toMatchObject({
          code: 'exception',
          message: expect.stringContaining('lead out of it'),
        })
      expect(await readdir(folder)).not.toContain('evil')
    },
  )

  test('can not go through a link that stands in the way here', async () => {
    const server = await strangeServer(session =>
      serveStrangeFolder(session, [{ name: 'sub', kind: 'folder' }]),
    )
    const { transport, folder } = await against(server)
    const remote = await open(transport)
    const outside = await mkdtemp(path.join(folder, 'outside-'))
    const into = await mkdtemp(path.join(folder, 'into-'))
    await symlink(outside, path.join(into, 'sub'))
    const trouble = await troubleOf(remote.download('/remote', into, { signal: never }))
    expect(trouble.code).toBe('exception')
    expect(await readdir(outside)).toEqual([])
  })

  test('can not keep us busy with folders in folders without end', async () => {
    const server = await strangeServer(session =>
      serveStrangeFolder(session, [{ name: 'sub', kind: 'folder' }], { endless: true }),
    )
    const { transport, folder } = await against(server)
    const work = (await open(transport)).download('/remote', path.join(folder, 'into'), { signal: never })
    expect((await troubleOf(work)).message).toContain('folders deep')
    expect(await readdir(folder)).not.toContain('into')
  })

  test('can not send more than it was asked for', async () => {
    const server = await strangeServer(session =>
      serveStrangeFolder(session, [{ name: 'a', kind: 'file' }], { tooMuch: true }),
    )
    const { transport, folder } = await against(server)
    const work = (await open(transport)).download('/remote', path.join(folder, 'into'), { signal: never })
    await work
    expect((await stat(path.join(folder, 'into', 'a'))).size).toBe(5)
  })
})
