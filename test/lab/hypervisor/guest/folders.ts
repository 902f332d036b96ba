import { existsSync } from 'node:fs'
import { chmod, copyFile, cp, mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProgram } from '../../programs.ts'
import { command } from '../command.ts'
import { copyModules, type Kernel } from './kernel.ts'

const busybox = findProgram('busybox') ?? 'busybox'
const initramfsModules = ['virtio_pci', 'virtio_blk']
const rootModules = [
  ...['virtio_net', 'virtio_scsi', 'virtio_balloon', 'virtio_rng', 'virtio_console'],
  ...['ata_piix', 'ahci', 'sr_mod', 'sd_mod', 'isofs', 'vfat', 'nls_cp437', 'nls_ascii', 'nls_iso8859_1'],
  ...['evdev', 'button'],
]

/** Where a Debian or an Ubuntu keeps the far end of SFTP, which dropbear has none of. */
const sftpServer = '/usr/lib/openssh/sftp-server'

/** Fills the folder of what the kernel begins with: it finds the disk. */
export async function fillInitramfs(folder: string, kernel: Kernel): Promise<void> {
  await Promise.all(
    ['bin', 'dev', 'proc', 'sys', 'root'].map(each => mkdir(path.join(folder, each), { recursive: true })),
  )
  await cp(ours('initramfs-files/'), folder, { recursive: true })
  await copyBusybox(folder)
  await copyModules(kernel, initramfsModules, folder)
}

/** Fills the folder that becomes the guest's root file system. */
export async function fillRoot(folder: string, kernel: Kernel): Promise<void> {
  const folders = [
    'bin',
    'dev',
    'etc/dropbear',
    'home',
    'lib',
    'mnt',
    'proc',
    'root',
    'run',
    'sys',
    'usr',
    'var/lib',
    'var/log',
  ]
  for (const each of folders) await mkdir(path.join(folder, each), { recursive: true })
  for (const each of ['sbin', 'usr/bin', 'usr/sbin']) await symlink('/bin', path.join(folder, each))
  await symlink('/lib', path.join(folder, 'usr/lib'))
  await mkdir(path.join(folder, 'tmp'))
  await chmod(path.join(folder, 'tmp'), 0o1777)
  await cp(ours('root-files/etc/'), path.join(folder, 'etc'), { recursive: true })
  await cp(ours('root-files/bin/'), path.join(folder, 'bin'), { recursive: true })
  await chmod(path.join(folder, 'etc/shadow'), 0o600)
  // The one program that makes anybody root; what else busybox is does not.
  await copyFile(busybox, path.join(folder, 'bin/su'))
  await chmod(path.join(folder, 'bin/su'), 0o4755)
  await copyBusybox(folder)
  for (const name of ['dropbear', 'dropbearkey']) await copyProgram(findProgram(name) ?? name, 'bin', folder)
  if (existsSync(sftpServer)) await copyProgram(sftpServer, 'lib', folder)
  await copyModules(kernel, rootModules, folder)
}

function ours(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/** Copies busybox, with a link for each command that it knows and that is not there yet. */
async function copyBusybox(folder: string): Promise<void> {
  const bin = path.join(folder, 'bin')
  await copyProgram(busybox, 'bin', folder)
  const script = 'for each in $(busybox --list); do [ -e "$1/$each" ] || ln -s busybox "$1/$each"; done'
  await command(['sh', '-ec', script, 'sh', bin])
}

/** Copies a program and the libraries that it loads; of a static one ldd complains, and names none. */
async function copyProgram(file: string, into: string, folder: string): Promise<void> {
  await copyFile(file, path.join(folder, into, path.basename(file)))
  for (const [, library = ''] of (await command(['sh', '-c', 'ldd "$1" || true', 'sh', file])).matchAll(
    /(\/\S+) \(0x/g,
  )) {
    // The loader's own path stands in every program; the others it finds in /lib.
    const place = library.startsWith('/lib64/') ? 'lib64' : 'lib'
    await mkdir(path.join(folder, place), { recursive: true })
    await copyFile(library, path.join(folder, place, path.basename(library)))
  }
}
