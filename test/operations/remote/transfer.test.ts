import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Progress } from '../../../src/core/context.ts'
import { InvalidArguments } from '../../../src/core/errors.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { download, sync, upload } from '../../../src/operations/remote/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { fakeHosts } from '../../fakes/hosts.ts'
import { scratch } from './scratch.ts'

const closet = hosts(['foo', 'bar'])

function transfersOf(events: readonly Progress[]) {
  return events.filter(event => event.kind === 'transfer').sort((a, b) => a.host.localeCompare(b.host))
}

describe('upload', () => {
  it('sends an absolute path with its mode, and tells how far it is', async () => {
    const folder = await scratch()
    const file = join(folder, 'motd')
    await writeFile(file, 'hello')
    const fake = fakeHosts()
    const events: Progress[] = []
    const operation = upload(closet, relative(process.cwd(), file), '/etc/motd', {
      mode: 0o640,
      timeout: '1h',
    })
    const outcome = await carryOut(operation, { hosts: fake, progress: event => events.push(event) })
    expect(outcome.successful.map(({ value }) => value)).toEqual(Array(2).fill({ files: 1, bytes: 10 }))
    for (const call of fake.calls) {
      expect(call).toMatchObject({
        does: 'upload',
        local: file,
        remote: '/etc/motd',
        options: { mode: 0o640 },
      })
    }
    expect(transfersOf(events)).toMatchObject([
      { host: 'bar', file: '/etc/motd', bytes: 5, total: 10 },
      { host: 'foo', file: '/etc/motd', bytes: 5, total: 10 },
    ])
  })

  it('throws when it is not here, and asks no host', async () => {
    const fake = fakeHosts()
    const uploading = carryOut(upload(closet, join(await scratch(), 'nothing'), 'x'), { hosts: fake })
    await expect(uploading).rejects.toThrow(InvalidArguments)
    await expect(uploading).rejects.toThrow(/can't be read on this machine/)
    expect(fake.calls).toEqual([])
  })
})

describe('download', () => {
  it('keeps what hosts send apart, in a folder for each', async () => {
    const folder = await scratch()
    const into = join(folder, 'deep', 'er')
    const fake = fakeHosts()
    const outcome = await carryOut(download(closet, 'logs/my log', relative(process.cwd(), into)), {
      hosts: fake,
    })
    expect(outcome.successful.map(({ host, value }) => [host, value])).toEqual([
      ['foo', { local: join(into, 'foo', 'my log'), files: 1, bytes: 10 }],
      ['bar', { local: join(into, 'bar', 'my log'), files: 1, bytes: 10 }],
    ])
    expect((await readdir(into)).sort()).toEqual(['bar', 'foo'])
  })

  it('is one host’s failure when that host has no such file', async () => {
    const into = await scratch()
    const fake = fakeHosts(({ host }) => (host === 'foo' ? new HostTrouble('exit', 'no such file') : {}))
    const outcome = await carryOut(download(closet, '/x', into), { hosts: fake })
    expect(outcome.successful.map(({ host }) => host)).toEqual(['bar'])
    expect(outcome.failure).toMatchObject([{ host: 'foo', code: 'exit', message: 'no such file' }])
  })

  it('throws when a file is where its folder should be', async () => {
    const into = join(await scratch(), 'taken')
    await writeFile(into, '')
    await expect(carryOut(download(closet, '/x', into), { hosts: fakeHosts() })).rejects.toThrow(
      InvalidArguments,
    )
  })
})

describe('sync', () => {
  it('sends a folder, deletes nothing unless it is told to', async () => {
    const folder = join(await scratch(), 'site')
    await mkdir(folder)
    const fake = fakeHosts(() => ({ files: 3, bytes: 30 }))
    const outcome = await carryOut(sync(hosts(['foo']), folder, '/srv/site'), { hosts: fake })
    await carryOut(sync(hosts(['foo']), folder, '/srv/site', { delete: true, exclude: ['.git', '-x'] }), {
      hosts: fake,
    })
    expect(outcome.successful[0]?.value).toEqual({ files: 3, bytes: 30 })
    expect(fake.calls).toMatchObject([
      { does: 'sync', local: folder, remote: '/srv/site', options: { delete: false, exclude: [] } },
      {
        does: 'sync',
        local: folder,
        remote: '/srv/site',
        options: { delete: true, exclude: ['.git', '-x'] },
      },
    ])
  })

  it('may add to a home folder, and takes no file for a folder', async () => {
    const folder = await scratch()
    const file = join(folder, 'file')
    await writeFile(file, '')
    const fake = fakeHosts()
    expect((await carryOut(sync(closet, folder, '.'), { hosts: fake })).failure).toEqual([])
    await expect(carryOut(sync(closet, file, '/srv'), { hosts: fake })).rejects.toThrow(
      /is not a folder; upload/,
    )
  })
})
