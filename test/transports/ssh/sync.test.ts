import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Remote, TransferProgress } from '../../../src/core/ports.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

describe('sync', needs('sshd', 'rsync'), () => {
  let lab: Lab
  let ssh: Reach
  let remote: Remote
  let folder: string
  const at = (name: string) => path.join(folder, name)
  const plain = { signal: never, delete: false, exclude: [] }

  beforeAll(async () => {
    lab = await startLab([
      { name: 'foo' },
      { name: 'bare', config: ['SetEnv PATH=/nowhere'] },
      { name: 'bastion' },
      { name: 'inner', behind: 'bastion' },
    ])
    ssh = await reach(lab)
    remote = await ssh.transport.open({ name: 'foo' }, { signal: never })
  })
  beforeEach(async () => {
    folder = await mkdtemp(path.join(lab.folder, 'sync-'))
    await mkdir(at('source/deep'), { recursive: true })
    await writeFile(at('source/a'), 'aaa', { mode: 0o640 })
    await writeFile(at('source/deep/b'), 'bb')
    await symlink('a', at('source/link'))
  })
  afterAll(async () => {
    await ssh?.close()
    await lab?.stop()
    expect((await readdir(os.tmpdir())).filter(name => name.startsWith('reops-rsync-'))).toEqual([])
  })

  test('makes a folder like another, and then moves nothing', async () => {
    expect(await remote.sync(at('source'), at('there'), plain)).toEqual({ files: 2, bytes: 5 })
    execFileSync('diff', ['-r', '--no-dereference', at('source'), at('there')])
    expect((await stat(at('there/a'))).mode & 0o777).toBe(0o640)
    expect(await remote.sync(at('source'), at('there'), plain)).toEqual({ files: 0, bytes: 0 })
  })

  test('deletes only when asked, and leaves out what is excluded', async () => {
    await mkdir(at('there'))
    await writeFile(at('there/extra'), 'x')
    await remote.sync(at('source'), at('there'), { ...plain, exclude: ['deep', '-odd pattern'] })
    expect((await readdir(at('there'))).toSorted()).toEqual(['a', 'extra', 'link'])
    await remote.sync(at('source'), at('there'), { ...plain, delete: true, mode: 0o600 })
    expect((await readdir(at('there'))).toSorted()).toEqual(['a', 'deep', 'link'])
    expect((await stat(at('there/deep/b'))).mode & 0o777).toBe(0o600)
  })

  test.each(["it's a folder", '-rf', '$(touch owned)', 'a:b', 'two\nlines', '*'])(
    'handles a folder named %j on both sides',
    async name => {
      await mkdir(at(name))
      await writeFile(at(`${name}/x`), name)
      await remote.sync(at(name), at(`there/../${name}.there`), plain).catch(async () => {
        await remote.sync(at(name), at(`${name}.there`), plain)
      })
      expect(await readFile(at(`${name}.there/x`), 'utf8')).toBe(name)
    },
  )

  test('tells how far it is', async () => {
    await writeFile(at('source/big'), Buffer.alloc(3_000_000, 'x'))
    const seen: TransferProgress[] = []
    await remote.sync(at('source'), at('there'), { ...plain, onProgress: progress => seen.push(progress) })
    expect(seen.at(-1)).toEqual({ file: at('source'), bytes: 3_000_005 })
  })

  test('goes through a jump host like everything else', async () => {
    const inner = await ssh.transport.open({ name: 'inner' }, { signal: never })
    await inner.sync(at('source'), at('there'), plain)
    expect(await readFile(at('there/a'), 'utf8')).toBe('aaa')
  })

  test('says where rsync has to be installed', async () => {
    const bare = await ssh.transport.open({ name: 'bare' }, { signal: never })
    expect((await troubleOf(bare.sync(at('source'), at('there'), plain))).message).toContain(
      'has no rsync; install it there',
    )
    const here = await reach(lab, { rsync: '/nowhere/rsync' })
    const open = await here.transport.open({ name: 'foo' }, { signal: never })
    expect((await troubleOf(open.sync(at('source'), at('there'), plain))).message).toContain(
      'there is no /nowhere/rsync here; install it',
    )
    await here.close()
  })

  test('names what it can not read or write', async () => {
    expect((await troubleOf(remote.sync(at('absent'), at('there'), plain))).message).toContain(
      `${at('absent')}: there is no such folder here`,
    )
    expect((await troubleOf(remote.sync(at('source/a'), at('there'), plain))).message).toContain(
      'it is no folder',
    )
    const trouble = await troubleOf(remote.sync(at('source'), at('no/such/folder'), plain))
    expect(trouble).toMatchObject({ code: 'exception', message: expect.stringContaining('no/such/folder') })
  })

  test('ends when it is cancelled or takes too long', async () => {
    await truncate(at('source/a'), 3_000_000_000)
    const controller = new AbortController()
    const work = troubleOf(
      remote.sync(at('source'), at('there'), {
        ...plain,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    )
    expect((await work).code).toBe('cancelled')
    expect((await troubleOf(remote.sync(at('source'), at('there'), { ...plain, timeout: 100 }))).code).toBe(
      'timeout',
    )
  })
})
