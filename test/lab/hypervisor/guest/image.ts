import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../../programs.ts'
import { cacheFolder } from '../cache.ts'
import { command } from '../command.ts'
import { exclusively } from '../exclusively.ts'
import { makeDisk } from './disk.ts'
import { fillInitramfs, fillRoot } from './folders.ts'
import { fetchKernel, kernelPackages } from './kernel.ts'

export interface GuestImage {
  /** A disk to clone: `qemu-img create -b`, or a volume with it as its backing file. Nobody may write to it. */
  readonly qcow2: string
  /** The size in bytes that the disk has for its guest. */
  readonly capacity: number
}

/**
 * The disk of a small Linux guest. It is built once, in less than half a minute, and then found in the cache; of
 * several who want it at the same time one builds it.
 *
 * @example
 * const { qcow2 } = await guestImage()
 */
export async function guestImage(): Promise<GuestImage> {
  await mkdir(cacheFolder, { recursive: true })
  const qcow2 = path.join(cacheFolder, `guest-${await key()}.qcow2`)
  if (!existsSync(qcow2)) {
    await exclusively(`guest image ${cacheFolder}`, async () => {
      if (!existsSync(qcow2)) await build(qcow2)
    })
  }
  const { 'virtual-size': capacity } = JSON.parse(
    await command(['qemu-img', 'info', '--output', 'json', qcow2]),
  )
  return { qcow2, capacity }
}

/** Another key, another image: how it is made, and of what. A newer kernel alone is no reason to build again. */
async function key(): Promise<string> {
  const hash = createHash('sha256')
  const own = fileURLToPath(new URL('.', import.meta.url))
  const files = (await readdir(own, { recursive: true, withFileTypes: true })).filter(entry => entry.isFile())
  for (const file of files.map(entry => path.join(entry.parentPath, entry.name)).sort()) {
    hash.update(`${path.relative(own, file)}\n`).update(await readFile(file))
  }
  for (const program of ['busybox', 'dropbear', 'syslinux']) {
    const { size, mtimeMs } = await stat(findProgram(program) ?? program)
    hash.update(`${program} ${size} ${mtimeMs}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

async function build(qcow2: string): Promise<void> {
  const packages = await kernelPackages()
  const folder = await mkdtemp(path.join(cacheFolder, 'guest-build-'))
  const at = (name: string) => path.join(folder, name)
  const say = (text: string) => process.stderr.write(`lab: ${text}\n`)
  try {
    say(`fetching ${packages.join(', ')} for the guests`)
    const kernel = await fetchKernel(packages, at('kernel'))
    say('building the disk of the guests')
    await fillInitramfs(at('initramfs'), kernel)
    const pack = 'cd "$1"; find . | busybox cpio -o -H newc | gzip -1 >"$2"'
    await command(['sh', '-ec', pack, 'sh', at('initramfs'), at('initramfs.gz')])
    await fillRoot(at('root'), kernel)
    await makeDisk(
      { folder, kernel: kernel.file, initramfs: at('initramfs.gz'), root: at('root') },
      at('disk.qcow2'),
    )
    const before = (await readdir(cacheFolder)).filter(name => /^guest-.*[.]qcow2$/.test(name))
    await rename(at('disk.qcow2'), qcow2)
    for (const name of before) await rm(path.join(cacheFolder, name))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
