import { randomBytes } from 'node:crypto'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import fc from '../../../../support/fast-check.ts'
import { ask, execute, scratch, sftpOf } from '../lab.ts'
import { sftpSession, status } from './lab.ts'

test('any content under any name comes back as it was, and is what the host has', async () => {
  const { sftp, home } = await sftpSession()
  const name = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 60 })
    .filter(name => !/[/\0]/.test(name) && name !== '.' && name !== '..' && name.isWellFormed())
  await ask(done => sftp.mkdir('any', done))
  await fc.assert(
    fc.asyncProperty(name, fc.uint8Array({ maxLength: 100_000, size: 'max' }), async (name, content) => {
      const path = `any/${name}`
      const bytes = Buffer.from(content)
      await ask(done => sftp.writeFile(path, bytes, done))
      expect((await readFile(join(home, 'any', name))).equals(bytes)).toBe(true)
      expect((await ask<Buffer>(done => sftp.readFile(path, done))).equals(bytes)).toBe(true)
      const [entry] = await ask<any[]>(done => sftp.readdir('any', done))
      expect(entry).toMatchObject({ filename: name, attrs: { size: bytes.length } })
      await ask(done => sftp.unlink(path, done))
    }),
    { numRuns: 60 },
  )
})

test('a large file goes up and comes down with many requests at once', async () => {
  const { sftp, home } = await sftpSession()
  const folder = await scratch()
  const content = randomBytes(9_000_001)
  await writeFile(join(folder, 'up'), content)
  await ask(done => sftp.fastPut(join(folder, 'up'), 'large', done))
  expect((await readFile(join(home, 'large'))).equals(content)).toBe(true)
  await ask(done => sftp.fastGet('large', join(folder, 'down'), done))
  expect((await readFile(join(folder, 'down'))).equals(content)).toBe(true)
})

describe('an open file', () => {
  test('is read and written anywhere, and past its end there is nothing', async () => {
    const { sftp, home } = await sftpSession()
    const handle = await ask<Buffer>(done => sftp.open('f', 'w+', done))
    await ask(done => sftp.write(handle, Buffer.from('world'), 0, 5, 6, done))
    await ask(done => sftp.write(handle, Buffer.from('hello '), 0, 6, 0, done))
    const into = Buffer.alloc(3)
    await ask(done => sftp.read(handle, into, 0, 3, 4, done))
    expect(into.toString()).toBe('o w')
    expect(await ask(done => sftp.read(handle, into, 0, 3, 11, done))).toBe(0)
    expect(await ask(done => sftp.fstat(handle, done))).toMatchObject({ size: 11 })
    await ask(done => sftp.fsetstat(handle, { size: 5, mode: 0o640, atime: 1000, mtime: 2000 }, done))
    await ask(done => sftp.close(handle, done))
    const after = await stat(join(home, 'f'))
    expect([after.size, after.mode & 0o777, after.atimeMs, after.mtimeMs]).toEqual([
      5, 0o640, 1_000_000, 2_000_000,
    ])
  })

  test('for appending takes every write at its end', async () => {
    const { sftp, home } = await sftpSession()
    await ask(done => sftp.writeFile('f', 'one', done))
    await ask(done => sftp.appendFile('f', ' two', done))
    expect(await readFile(join(home, 'f'), 'utf8')).toBe('one two')
  })

  test('obeys its flags: new only, existing only, mode', async () => {
    const { sftp, home } = await sftpSession()
    const opening = (path: string, flags: any, mode = 0o666) =>
      ask<Buffer>(done => sftp.open(path, flags, mode, done))
    await expect(opening('none', 'r')).rejects.toMatchObject({ code: status.NO_SUCH_FILE })
    await expect(opening('none', 'r+')).rejects.toMatchObject({ code: status.NO_SUCH_FILE })
    await expect(opening('no/where', 'w')).rejects.toMatchObject({ code: status.NO_SUCH_FILE })
    await expect(opening('notes.txt', 'wx')).rejects.toMatchObject({ code: status.FAILURE })
    await expect(opening('etc', 'w')).rejects.toMatchObject({ code: status.FAILURE })
    await opening('secret', 'wx', 0o600)
    expect((await stat(join(home, 'secret'))).mode & 0o777).toBe(0o600)
    const reading = await opening('notes.txt', 'r')
    await expect(ask(done => sftp.write(reading, Buffer.from('x'), 0, 1, 0, done))).rejects.toMatchObject({
      code: status.FAILURE,
    })
  })

  test('is never a pipe, which would hold the session up', async () => {
    const { sftp, client } = await sftpSession()
    await execute(client, 'mkfifo pipe')
    for (const flags of ['r', 'w', 'r+'] as const) {
      await expect(ask(done => sftp.open('pipe', flags, done))).rejects.toMatchObject({
        code: status.FAILURE,
      })
    }
    expect(await ask(done => sftp.stat('notes.txt', done))).toMatchObject({ size: expect.any(Number) })
  })
})

describe('a handle', () => {
  test('is worth nothing when it was never given, has been closed, or is of another session or kind', async () => {
    const { sftp, client } = await sftpSession()
    const handle = await ask<Buffer>(done => sftp.open('notes.txt', 'r', done))
    const folder = await ask<Buffer>(done => sftp.opendir('.', done))
    const other = await sftpOf(client)
    const reading = (session: typeof sftp, of: Buffer) =>
      ask(done => session.read(of, Buffer.alloc(9), 0, 9, 0, done))
    const failure = { code: status.FAILURE }
    await expect(reading(other, handle)).rejects.toMatchObject(failure)
    await expect(reading(sftp, folder)).rejects.toMatchObject(failure)
    await expect(ask(done => sftp.readdir(handle, done))).rejects.toMatchObject(failure)
    for (const forged of [Buffer.alloc(0), Buffer.alloc(8), Buffer.alloc(256, 1)]) {
      await expect(reading(sftp, forged)).rejects.toMatchObject(failure)
      await expect(ask(done => sftp.close(forged, done))).rejects.toMatchObject(failure)
    }
    await ask(done => sftp.close(handle, done))
    await expect(reading(sftp, handle)).rejects.toMatchObject(failure)
  })

  test('is refused when too many are open, and given again when one is closed', async () => {
    const { sftp } = await sftpSession()
    const opening = () => ask<Buffer>(done => sftp.open('notes.txt', 'r', done))
    const handles = await Promise.all(Array.from({ length: 128 }, opening))
    await expect(opening()).rejects.toMatchObject({ code: status.FAILURE })
    await ask(done => sftp.close(handles[0]!, done))
    await opening()
  })
})

test('a flood of requests ends its own session and nobody else’s', async () => {
  const { sftp, client } = await sftpSession()
  const other = await sftpOf(client)
  const ended = new Promise(resolve => sftp.once('close', resolve))
  for (let request = 0; request < 30_000; request++) sftp.stat('notes.txt', () => {})
  await ended
  expect(await ask(done => other.stat('notes.txt', done))).toMatchObject({ size: expect.any(Number) })
})

test('a malformed request ends its own session and nobody else’s', async () => {
  const { sftp, client, home } = await sftpSession()
  await mkdir(join(home, 'd'))
  const broken = sftp as any
  const ended = new Promise(resolve => sftp.once('close', resolve))
  sftp.on('error', () => {})
  client.on('error', () => {})
  broken._protocol.channelData(broken.outgoing.id, Buffer.from([0, 0, 0, 5, 3, 0, 0, 0, 1]))
  await ended
  const other = await sftpOf(client)
  expect(await ask(done => other.stat('d', done))).toMatchObject({ size: expect.any(Number) })
})
