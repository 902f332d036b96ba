import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import fc from '../../../../support/fast-check.ts'
import { ask, execute } from '../lab.ts'
import { sftpSession, status } from './lab.ts'

const denied = { code: status.PERMISSION_DENIED }

/** A session beside a folder that it must not reach, with links to it that a command has made. */
async function besideASecret() {
  const session = await sftpSession()
  const outside = join(session.closet.folder, 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'secret'), 'untouched')
  await execute(
    session.client,
    'ln -s ../outside out; ln -s ../outside/secret leak; ln -s ../outside/new dangling',
  )
  return { ...session, outside }
}

/** Everything that takes a path, as requests on that path. */
const requests: Record<string, (sftp: any, path: string) => Promise<unknown>> = {
  'open to read': (sftp, path) => ask(done => sftp.open(path, 'r', done)),
  'open to write': (sftp, path) => ask(done => sftp.open(path, 'w', done)),
  'open to append': (sftp, path) => ask(done => sftp.open(path, 'a', done)),
  'open anew': (sftp, path) => ask(done => sftp.open(path, 'wx', done)),
  opendir: (sftp, path) => ask(done => sftp.opendir(path, done)),
  stat: (sftp, path) => ask(done => sftp.stat(path, done)),
  setstat: (sftp, path) => ask(done => sftp.setstat(path, { mode: 0, size: 0 }, done)),
  realpath: (sftp, path) => ask(done => sftp.realpath(path, done)),
}
const onNames: typeof requests = {
  lstat: (sftp, path) => ask(done => sftp.lstat(path, done)),
  readlink: (sftp, path) => ask(done => sftp.readlink(path, done)),
  mkdir: (sftp, path) => ask(done => sftp.mkdir(path, done)),
  rmdir: (sftp, path) => ask(done => sftp.rmdir(path, done)),
  remove: (sftp, path) => ask(done => sftp.unlink(path, done)),
  'rename from': (sftp, path) => ask(done => sftp.rename(path, 'stolen', done)),
  'rename to': (sftp, path) => ask(done => sftp.rename('notes.txt', path, done)),
  'symlink at': (sftp, path) => ask(done => sftp.symlink('notes.txt', path, done)),
  'symlink to': (sftp, path) => ask(done => sftp.symlink(path, 'fresh', done)),
}

describe('nothing outside the home is reached', () => {
  test.each(Object.entries({ ...requests, ...onNames }))('by %s', async (name, request) => {
    const { sftp, home, outside } = await besideASecret()
    const paths = [
      '../outside/secret',
      `${outside}/secret`,
      `${home}/../outside/secret`,
      '/etc/passwd',
      '..',
      '/',
    ]
    const throughLinks = name === 'symlink to' ? [] : ['out/secret', 'out/../outside/secret']
    for (const path of [...paths, ...throughLinks])
      await expect(request(sftp, path), path).rejects.toMatchObject(denied)
    if (name in requests) {
      await expect(request(sftp, 'leak')).rejects.toMatchObject(denied)
      if (name !== 'realpath') await expect(request(sftp, 'dangling')).rejects.toThrow()
    }
    expect(await readdir(outside)).toEqual(['secret'])
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('untouched')
    expect(await readdir(home)).toContain('notes.txt')
  })

  test('and an answer does not tell what is there', async () => {
    const { sftp } = await besideASecret()
    for (const path of ['/etc/passwd', '/no/such/file', '../no-such-file', '/etc/passwd/x']) {
      await expect(requests.stat!(sftp, path)).rejects.toMatchObject({
        ...denied,
        message: 'Outside the home folder',
      })
    }
  })
})

test('a home that begins like another is not that other', async () => {
  const { sftp, home } = await sftpSession()
  await mkdir(`${home}bar`)
  await expect(requests.opendir!(sftp, `${home}bar`)).rejects.toMatchObject(denied)
})

test('the home itself is not removed, renamed or made', async () => {
  const { sftp, home } = await sftpSession()
  for (const path of ['.', '', home, `${home}/`, 'etc/..', './.']) {
    await expect(onNames.rmdir!(sftp, path)).rejects.toMatchObject(denied)
    await expect(onNames['rename from']!(sftp, path)).rejects.toMatchObject(denied)
    expect(await ask(done => sftp.lstat(path, done))).toMatchObject({ size: expect.any(Number) })
  }
  expect((await stat(home)).isDirectory()).toBe(true)
})

test('a link inside the home is followed where it leads, also through ..', async () => {
  const { sftp, home } = await sftpSession()
  await mkdir(join(home, 'a/b'), { recursive: true })
  await symlink('a/b', join(home, 'deep'))
  await writeFile(join(home, 'a/found'), 'yes')
  expect(String(await ask(done => sftp.readFile('deep/../found', done)))).toBe('yes')
})

test('no path made of parts that lead out, back and through links escapes', async () => {
  const { sftp, home, outside } = await besideASecret()
  const part = fc.constantFrom(
    '..',
    '.',
    '',
    'out',
    'leak',
    'dangling',
    'etc',
    'motd',
    'outside',
    'secret',
    'foo',
  )
  const path = fc.tuple(fc.constantFrom('', '/', `${home}/`, `${outside}/`), fc.array(part, { maxLength: 6 }))
  await fc.assert(
    fc.asyncProperty(path, fc.constantFrom('w', 'wx', 'a', 'r'), async ([start, parts], flags) => {
      const path = start + parts.join('/')
      try {
        const handle = await ask<Buffer>(done => sftp.open(path, flags as 'w', done))
        const real = await ask<string>(done => sftp.realpath(path, done))
        expect(real.startsWith(`${home}/`)).toBe(true)
        await ask(done => sftp.close(handle, done))
      } catch (error) {
        expect((error as { code: number }).code).toBeGreaterThan(1)
      }
    }),
    { numRuns: 300 },
  )
  expect(await readdir(outside)).toEqual(['secret'])
  expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('untouched')
})
