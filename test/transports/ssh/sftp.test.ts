import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Remote, TransferProgress } from '../../../src/core/ports.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { leaveOut, needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

const isRoot = process.getuid?.() === 0

describe('files', needs('sshd'), () => {
  let lab: Lab
  let ssh: Reach
  let remote: Remote
  let folder: string
  const at = (name: string) => path.join(folder, name)
  const mode = async (name: string) => ((await stat(at(name))).mode & 0o777).toString(8)
  const temporaries = async (where = folder) =>
    (await readdir(where, { recursive: true })).filter(name => name.endsWith('.reops'))

  beforeAll(async () => {
    lab = await startLab([
      { name: 'foo' },
      { name: 'plain', config: ['Subsystem sftp internal-sftp -P posix-rename,statvfs'] },
      { name: 'none', config: ['Subsystem sftp /bin/false'] },
    ])
    ssh = await reach(lab)
    remote = await ssh.transport.open({ name: 'foo' }, { signal: never })
  })
  beforeEach(async () => {
    folder = await mkdtemp(path.join(lab.folder, 'files-'))
  })
  afterAll(async () => {
    await ssh?.close()
    await lab?.stop()
  })

  test.each([0, 1, 65_535, 65_536, 65_537, 5_000_003])(
    'of %i bytes go there and back, byte for byte',
    async size => {
      const content = randomBytes(size)
      await writeFile(at('source'), content, { mode: 0o640 })
      expect(await remote.upload(at('source'), at('there'), { signal: never })).toEqual({
        files: 1,
        bytes: size,
      })
      expect(await remote.download(at('there'), at('back'), { signal: never })).toEqual({
        files: 1,
        bytes: size,
      })
      expect((await readFile(at('there'))).equals(content)).toBe(true)
      expect((await readFile(at('back'))).equals(content)).toBe(true)
      expect([await mode('there'), await mode('back')]).toEqual(['640', '640'])
      expect(await temporaries()).toEqual([])
    },
  )

  test('tell how far they are', async () => {
    await writeFile(at('source'), Buffer.alloc(1_000_000))
    const seen: TransferProgress[] = []
    await remote.upload(at('source'), at('there'), {
      signal: never,
      onProgress: progress => seen.push(progress),
    })
    expect(seen.length).toBeGreaterThan(3)
    expect(seen.at(-1)).toEqual({ file: at('source'), bytes: 1_000_000, total: 1_000_000 })
    expect(seen.map(progress => progress.bytes)).toEqual(
      seen.map(progress => progress.bytes).toSorted((a, b) => a - b),
    )
  })

  test('get the permissions that are asked for', async () => {
    await writeFile(at('source'), 'x', { mode: 0o644 })
    await remote.upload(at('source'), at('there'), { signal: never, mode: 0o600 })
    await remote.download(at('source'), at('here'), { signal: never, mode: 0o400 })
    expect([await mode('there'), await mode('here')]).toEqual(['600', '400'])
  })

  test('replace what was there, at once, and through a link what it points to', async () => {
    await writeFile(at('source'), 'new')
    await writeFile(at('there'), 'old')
    await symlink(at('there'), at('link'))
    await remote.upload(at('source'), at('link'), { signal: never })
    expect(await readFile(at('there'), 'utf8')).toBe('new')
    expect(await readlink(at('link'))).toBe(at('there'))
  })

  test('replace what was there on a server that can not do it at once', async () => {
    await writeFile(at('source'), 'new')
    await writeFile(at('there'), 'old')
    const plain = await ssh.transport.open({ name: 'plain' }, { signal: never })
    await plain.upload(at('source'), at('there'), { signal: never })
    expect(await readFile(at('there'), 'utf8')).toBe('new')
  })

  test('land in a folder under their own name', async () => {
    await writeFile(at('source'), 'x')
    await mkdir(at('in'))
    await remote.upload(at('source'), at('in'), { signal: never })
    await remote.download(at('source'), `${at('in')}/`, { signal: never })
    expect(await readdir(at('in'))).toEqual(['source'])
  })

  test.each(["it's a file", 'two\nlines', '-rf', '日本', '$(id)', ' ', 'a"b\\c'])(
    'named %j are handled',
    async name => {
      await writeFile(at(name), name)
      await remote.upload(at(name), at(`${name}.there`), { signal: never })
      await remote.download(at(`${name}.there`), at(`${name}.back`), { signal: never })
      expect(await readFile(at(`${name}.back`), 'utf8')).toBe(name)
    },
  )

  test('of a whole folder keep their tree and permissions, links to files their content', async () => {
    await mkdir(at('tree/deep/er'), { recursive: true })
    await mkdir(at('tree/empty'))
    for (let index = 0; index < 40; index++)
      await writeFile(at(`tree/deep/f${index}`), String(index), { mode: index % 2 ? 0o600 : 0o755 })
    await writeFile(at('tree/deep/er/x'), 'x')
    await symlink('deep/f1', at('tree/link'))
    await chmod(at('tree/deep/er'), 0o500)
    expect(await remote.upload(at('tree'), at('there'), { signal: never })).toMatchObject({ files: 42 })
    expect(await remote.download(at('there'), at('back'), { signal: never })).toMatchObject({ files: 42 })
    execFileSync('diff', ['-r', at('tree'), at('back')])
    expect([await mode('back/deep/er'), await mode('there/deep/f1'), await mode('back/deep/f2')]).toEqual([
      '500',
      '600',
      '755',
    ])
  })

  test('that are links to folders, or no files at all, are refused before anything moves', async () => {
    await mkdir(at('tree'))
    await writeFile(at('tree/a'), 'a')
    await symlink('.', at('tree/loop'))
    expect((await troubleOf(remote.upload(at('tree'), at('there'), { signal: never }))).message).toContain(
      'a link to a folder',
    )
    expect((await troubleOf(remote.download(at('tree'), at('back'), { signal: never }))).message).toContain(
      'a link to a folder',
    )
    execFileSync('mkfifo', [at('pipe')])
    expect((await troubleOf(remote.upload(at('pipe'), at('there'), { signal: never }))).message).toContain(
      'neither a file',
    )
    expect(await readdir(folder)).not.toContain('there')
  })

  test('whose size nobody knows are read to their end', async () => {
    const { bytes } = await remote.download('/proc/self/status', at('status'), { signal: never })
    expect(bytes).toBeGreaterThan(100)
    expect((await stat(at('status'))).size).toBe(bytes)
  })

  test('that are missing are named, on the side where they are missing', async () => {
    await writeFile(at('source'), 'x')
    const troubles = await Promise.all([
      troubleOf(remote.upload(at('absent'), at('there'), { signal: never })),
      troubleOf(remote.download(at('absent'), at('here'), { signal: never })),
      troubleOf(remote.upload(at('source'), at('no/folder'), { signal: never })),
      troubleOf(remote.download(at('source'), at('no/folder'), { signal: never })),
    ])
    expect(troubles.map(trouble => trouble.code)).toEqual([
      'exception',
      'exception',
      'exception',
      'exception',
    ])
    expect(troubles[0]?.message).toContain(`${at('absent')}: there is no such file or folder here`)
    expect(troubles[1]?.message).toContain(
      `${at('absent')} on the host: there is no such file or folder there`,
    )
    expect(troubles[2]?.message).toContain(at('no/folder'))
    expect(troubles[3]?.message).toContain(at('no/folder'))
    expect(await temporaries()).toEqual([])
  })

  test(
    'that would fill a disk fail with a message that says so',
    isRoot ? {} : leaveOut('needs root to mount a small disk'),
    async () => {
      await mkdir(at('small'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at('small')])
      try {
        await writeFile(at('source'), Buffer.alloc(4_000_000, 'x'))
        const there = await troubleOf(remote.upload(at('source'), at('small/x'), { signal: never }))
        expect(there).toMatchObject({ code: 'exception', message: expect.stringContaining('disk is full') })
        const here = await troubleOf(remote.download(at('source'), at('small/x'), { signal: never }))
        expect(here).toMatchObject({ code: 'exception', message: expect.stringContaining('no space left') })
        expect(await readdir(at('small'))).toEqual([])
      } finally {
        execFileSync('umount', [at('small')])
      }
    },
  )

  test.each(['upload', 'download'] as const)(
    'leave nothing half done when an %s is cancelled or takes too long',
    async way => {
      await writeFile(at('source'), '')
      await truncate(at('source'), 2_000_000_000)
      const controller = new AbortController()
      const cancelled = troubleOf(
        remote[way](at('source'), at('there'), {
          signal: controller.signal,
          onProgress: () => controller.abort(),
        }),
      )
      expect((await cancelled).code).toBe('cancelled')
      expect(
        (await troubleOf(remote[way](at('source'), at('there'), { signal: never, timeout: 50 }))).code,
      ).toBe('timeout')
      expect(await readdir(folder)).toEqual(['source'])
      await rm(at('source'))
    },
  )

  test('say what is missing on a host without SFTP', async () => {
    const none = await ssh.transport.open({ name: 'none' }, { signal: never })
    await writeFile(at('source'), 'x')
    const trouble = await troubleOf(none.upload(at('source'), at('there'), { signal: never }))
    expect(trouble).toMatchObject({ code: 'exception', message: expect.stringContaining('Subsystem sftp') })
  })
})
