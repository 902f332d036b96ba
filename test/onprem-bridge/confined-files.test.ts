import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { confinedFiles } from '../../onprem-bridge/confined-files.ts'
import type { FilesPort } from '../../src/core/files.ts'

let folder: string
let files: FilesPort
const at = (...parts: string[]) => path.join(folder, ...parts)

beforeEach(async () => {
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'reops-files-')))
  await mkdir(at('project/files'), { recursive: true })
  await mkdir(at('project/.reops/bridge'), { recursive: true })
  await mkdir(at('project-of-others'))
  await writeFile(at('project/files/motd'), 'hello')
  await writeFile(at('project/.reops/bridge/bridge.key'), 'secret')
  await writeFile(at('project-of-others/motd'), 'theirs')
  files = confinedFiles({
    project: at('project'),
    read: [at('project')],
    write: [at('project/releases')],
    state: at('project/.reops'),
  })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('what is in the project may be read, wherever the process began', async () => {
  expect(await files.readable('files/motd')).toBe(at('project/files/motd'))
  expect(await files.readable(at('project/files'))).toBe(at('project/files'))
  expect(await files.readable('files/not-there-yet')).toBe(at('project/files/not-there-yet'))
})

test.each([
  '/etc/shadow',
  '../project-of-others/motd',
  'files/../../project-of-others/motd',
  '.reops/bridge/bridge.key',
  '.reops',
  '/proc/self/environ',
])('%s may not', async local => {
  await expect(files.readable(local)).rejects.toMatchObject({ name: 'FileRefused' })
  await expect(files.writable(local)).rejects.toMatchObject({ name: 'FileRefused' })
})

test('a link leads where it leads', async () => {
  await symlink(at('project-of-others'), at('project/files/others'))
  await symlink(at('project/.reops'), at('project/files/state'))
  await symlink(at('project/files'), at('project/inside'))
  await expect(files.readable('files/others/motd')).rejects.toMatchObject({ name: 'FileRefused' })
  await expect(files.readable('files/state/bridge/bridge.key')).rejects.toMatchObject({ name: 'FileRefused' })
  expect(await files.readable('inside/motd')).toBe(at('project/files/motd'))
  await mkdir(at('project/releases'))
  await symlink('/etc', at('project/releases/etc'))
  await symlink(at('project-of-others/new'), at('project/releases/nowhere'))
  await expect(files.writable('releases/nowhere')).rejects.toMatchObject({ name: 'FileRefused' })
  await expect(files.writable('releases/etc/passwd')).rejects.toMatchObject({ name: 'FileRefused' })
})

test('only what is allowed may be written, also where it is not there yet', async () => {
  expect(await files.writable('releases/foo')).toBe(at('project/releases/foo'))
  await expect(files.writable('files/motd')).rejects.toThrow(/only what is in .*releases may be/)
  const none = confinedFiles({ project: at('project'), read: [], write: [], state: at('project/.reops') })
  await expect(none.writable('x')).rejects.toThrow(/no folder is allowed for that/)
})
