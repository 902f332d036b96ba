import { lstat, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ask } from '../lab.ts'
import { sftpSession, status } from './lab.ts'

describe('a folder', () => {
  test('is made, listed with attributes, and removed when it is empty', async () => {
    const { sftp, home } = await sftpSession()
    await ask(done => sftp.mkdir('d', { mode: 0o750 }, done))
    expect((await stat(join(home, 'd'))).mode & 0o777).toBe(0o750)
    await expect(ask(done => sftp.mkdir('d', done))).rejects.toMatchObject({ code: status.FAILURE })
    await ask(done => sftp.writeFile('d/f', 'abc', done))
    const [entry] = await ask<any[]>(done => sftp.readdir('d', done))
    expect(entry).toMatchObject({ filename: 'f', attrs: { size: 3 } })
    expect(entry.longname).toMatch(/^-rw-r--r-- +1 \d+ +\d+ +3 [A-Z][a-z]{2} [ \d]\d \d\d:\d\d f$/)
    await expect(ask(done => sftp.rmdir('d', done))).rejects.toMatchObject({ code: status.FAILURE })
    await expect(ask(done => sftp.unlink('d', done))).rejects.toThrow()
    await ask(done => sftp.unlink('d/f', done))
    await ask(done => sftp.rmdir('d', done))
    await expect(ask(done => sftp.readdir('d', done))).rejects.toMatchObject({ code: status.NO_SUCH_FILE })
    await expect(ask(done => sftp.opendir('notes.txt', done))).rejects.toMatchObject({
      code: status.NO_SUCH_FILE,
    })
  })

  test('with more entries than fit one answer is listed whole', async () => {
    const { sftp, home } = await sftpSession()
    await ask(done => sftp.mkdir('many', done))
    const names = Array.from({ length: 257 }, (_, index) => `${index}-${'é'.repeat(100)}`)
    await Promise.all(names.map(name => writeFile(join(home, 'many', name), '')))
    const entries = await ask<any[]>(done => sftp.readdir('many', done))
    expect(entries.map(entry => entry.filename).sort()).toEqual(names.sort())
  })
})

describe('a name', () => {
  test('is renamed, and never onto another, unless the client asks for that', async () => {
    const { sftp, home } = await sftpSession()
    await ask(done => sftp.writeFile('a', 'A', done))
    await ask(done => sftp.writeFile('b', 'B', done))
    await expect(ask(done => sftp.rename('a', 'b', done))).rejects.toMatchObject({ code: status.FAILURE })
    await ask(done => sftp.rename('a', 'etc/c', done))
    expect(await readFile(join(home, 'etc/c'), 'utf8')).toBe('A')
    // The extension works without being announced, which ssh2's server can't do.
    ;(sftp as any)._extensions['posix-rename@openssh.com'] = '1'
    await ask(done => sftp.ext_openssh_rename('b', 'etc/c', done))
    expect(await readFile(join(home, 'etc/c'), 'utf8')).toBe('B')
  })

  test('tells and takes attributes: mode, times, size', async () => {
    const { sftp, home } = await sftpSession()
    await ask(done => sftp.writeFile('f', 'abcdef', done))
    await ask(done => sftp.setstat('f', { mode: 0o400, size: 2, atime: 10, mtime: 20 }, done))
    expect(await ask(done => sftp.stat('f', done))).toMatchObject({
      size: 2,
      mode: 0o100400,
      atime: 10,
      mtime: 20,
    })
    await ask(done => sftp.chmod('f', 0o600, done))
    await ask(done => sftp.utimes('f', 30, 40, done))
    const now = await stat(join(home, 'f'))
    expect([now.mode & 0o777, now.mtimeMs]).toEqual([0o600, 40_000])
  })

  test('may be a link, which is followed or looked at', async () => {
    const { sftp, home } = await sftpSession()
    await ask(done => sftp.symlink('notes.txt', 'link', done))
    expect(await readlink(join(home, 'link'))).toBe('notes.txt')
    expect(await ask(done => sftp.readlink('link', done))).toBe('notes.txt')
    expect(((await ask<any>(done => sftp.lstat('link', done))).mode & 0o170000) === 0o120000).toBe(true)
    expect((await ask<any>(done => sftp.stat('link', done))).isFile()).toBe(true)
    expect(await ask(done => sftp.realpath('link', done))).toBe(join(home, 'notes.txt'))
    await ask(done => sftp.unlink('link', done))
    await expect(lstat(join(home, 'link'))).rejects.toThrow('ENOENT')
    expect(await readFile(join(home, 'notes.txt'), 'utf8')).toContain('foo')
  })

  test('that is missing, no path or too long has its own status', async () => {
    const { sftp } = await sftpSession()
    const asking = (path: string) => ask(done => sftp.stat(path, done))
    await expect(asking('none')).rejects.toMatchObject({ code: status.NO_SUCH_FILE })
    await expect(asking('notes.txt/x')).rejects.toMatchObject({ code: status.NO_SUCH_FILE })
    await expect(asking('a\0b')).rejects.toMatchObject({ code: status.BAD_MESSAGE })
    await expect(asking('x'.repeat(300))).rejects.toMatchObject({ code: status.BAD_MESSAGE })
    await expect(asking('x/'.repeat(3000))).rejects.toMatchObject({ code: status.BAD_MESSAGE })
  })

  test('resolves from the home, as a command’s working folder does', async () => {
    const { sftp, home } = await sftpSession()
    const real = (path: string) => ask(done => sftp.realpath(path, done))
    expect(await real('.')).toBe(home)
    expect(await real('')).toBe(home)
    expect(await real('etc/..')).toBe(home)
    expect(await real(`${home}/etc//motd`)).toBe(`${home}/etc/motd`)
    expect(await real('not-yet')).toBe(`${home}/not-yet`)
  })
})

test('an extension that is not known is said to be unsupported', async () => {
  const { sftp } = await sftpSession()
  ;(sftp as any)._extensions['hardlink@openssh.com'] = '1'
  await expect(ask(done => sftp.ext_openssh_hardlink('notes.txt', 'hard', done))).rejects.toMatchObject({
    code: status.OP_UNSUPPORTED,
  })
})
