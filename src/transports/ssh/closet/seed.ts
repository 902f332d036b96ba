import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A file to be: its path under the home, its content, and its mode where that matters. */
interface SeedFile {
  readonly path: string
  readonly content: string | Uint8Array
  readonly mode?: number
}

/** So that `hostname` names the closet's host and not the machine under it. */
const hostnameScript = '#!/bin/sh\nprintf \'%s\\n\' "$REOPS_HOST"\n'

/**
 * Fills a host's home with what a machine in a closet has lying about: notes, an `etc`, logs, a backup. Every
 * host gets its own sizes, always the same ones for the same name. `bin/hostname` prints the host's name.
 *
 * @example
 * await seedHome('/tmp/closet/foo', 'foo')
 */
export async function seedHome(home: string, name: string): Promise<void> {
  for (const { path, content, mode } of filesOf(name)) {
    const target = join(home, path)
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, content, { mode: mode ?? 0o644 })
  }
}

function filesOf(name: string): SeedFile[] {
  const number = numberOf(name)
  const disks = 1 + (number % 3)
  return [
    { path: 'bin/hostname', content: hostnameScript, mode: 0o755 },
    {
      path: 'notes.txt',
      content: `${name}: shelf ${1 + (number % 5)}, ${disks} disks, fan replaced twice.\n`,
    },
    { path: 'etc/hostname', content: `${name}\n` },
    { path: 'etc/motd', content: `Welcome to ${name}. Please close the closet door.\n` },
    {
      path: 'etc/fstab',
      content: lines(disks, disk => `/dev/vd${'abc'[disk]} /srv/${disk} ext4 defaults 0 2`),
    },
    {
      path: 'log/messages',
      content: lines(20 + (number % 80), entry => `${name} kernel: event ${entry}, all is well`),
    },
    { path: 'log/temperature.csv', content: lines(24, hour => `${hour},${celsius(number, hour)}`) },
    { path: 'backup/photos.tar', content: Buffer.alloc(kibibytes(name, number) * 1024, `${name} `) },
  ]
}

function numberOf(name: string): number {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 9973, 7)
}

function kibibytes(name: string, number: number): number {
  return name.startsWith('big') ? 3072 : 32 + (number % 256)
}

function celsius(number: number, hour: number): string {
  return (21 + (number % 7) + 4 * Math.sin((hour - 9) / 4)).toFixed(1)
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')
}
