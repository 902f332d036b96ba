import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { ownNode } from '../../../onprem-bridge/deploy/own-node.ts'
import { openPackages } from '../../../onprem-bridge/deploy/package.ts'

const made: string[] = []
afterEach(async () => {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true })
})
async function folder(): Promise<string> {
  const fresh = await mkdtemp(path.join(tmpdir(), 'reops-packages-'))
  made.push(fresh)
  return fresh
}

const glibc = { os: 'linux', arch: 'x64', libc: 'glibc' }

test('a package is one program, and zeromq with the native modules of its platform alone', async () => {
  const at = await folder()
  const { folder: found, sha256 } = await openPackages(at)(glibc)
  expect(path.basename(found)).toBe(`linux-x64-glibc-${sha256}`)
  expect((await readdir(found)).toSorted()).toEqual(['agent.mjs', 'node_modules'])
  expect(await readdir(path.join(found, 'node_modules'))).toEqual(['zeromq'])
  const natives = await readdir(path.join(found, 'node_modules/zeromq/native'))
  expect(natives).toContain('0.node')
  const elf = await readFile(path.join(found, 'node_modules/zeromq/native/0.node'))
  // The machine that an ELF file is for: x86-64.
  expect(elf.readUInt16LE(18)).toBe(62)
  expect((await stat(found)).mode & 0o077).toBe(0)
})

test('a package of this machine is what its own Node runs', async () => {
  const own = [
    glibc,
    { ...glibc, libc: 'musl' },
    { ...glibc, arch: 'arm64' },
    { os: 'darwin', arch: 'arm64', libc: 'libc' },
  ]
  const platform = own.find(one => ownNode(one) !== undefined)!
  const { folder: found } = await openPackages(await folder())(platform)
  const run = promisify(execFile)
  const zeromq = run(process.execPath, ['-p', 'typeof require("zeromq").Dealer'], { cwd: found })
  expect((await zeromq).stdout).toBe('function\n')
  await expect(run(process.execPath, ['agent.mjs'], { cwd: found })).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('usage'),
  })
})

test('a package is made once, by its content, and other platforms have others', async () => {
  const at = await folder()
  const first = await openPackages(at)(glibc)
  const before = await stat(path.join(first.folder, 'agent.mjs'))
  const again = await openPackages(at)(glibc)
  expect(again).toEqual(first)
  expect((await stat(path.join(again.folder, 'agent.mjs'))).mtimeMs).toBe(before.mtimeMs)
  const other = await openPackages(at)({ ...glibc, arch: 'arm64' })
  expect(other.sha256).not.toBe(first.sha256)
  expect((await readdir(at)).toSorted()).toEqual(
    [first, other].map(one => path.basename(one.folder)).toSorted(),
  )
})

test('a platform for which there is no native module is refused by its name', async () => {
  const trouble = openPackages(await folder())({ os: 'linux', arch: 'riscv64', libc: 'glibc' })
  await expect(trouble).rejects.toMatchObject({
    name: 'HostTrouble',
    code: 'refused',
    message: expect.stringContaining('linux-riscv64-glibc'),
  })
})
