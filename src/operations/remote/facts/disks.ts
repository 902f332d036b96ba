import type { Facts } from './schema.ts'

type Disk = NonNullable<Facts['disks']>[number]

/** File systems that hold nothing on a disk. `df` names them where others have their device. */
const notDisks = new Set([
  'tmpfs',
  'devtmpfs',
  'devfs',
  'udev',
  'dev',
  'run',
  'shm',
  'none',
  'efivarfs',
  'overlay',
])

/** Source, size, used, available, capacity, mount. A source or a mount may hold spaces; available may be negative. */
const row = /^(\S.*?)\s+(\d+)\s+(\d+)\s+-?\d+\s+(?:\d+%|-)\s+(\/.*)$/

/**
 * Disks from the lines of `df -kP`. Sizes are in units of 1,024 bytes there. The root is always one, whatever it
 * stands on, since a container's is an overlay. `null` when df said nothing that can be read.
 */
export function readDisks(lines: readonly string[]): Disk[] | null {
  const rows = lines.flatMap(line => {
    const [, source, size, used, mount] = row.exec(line) ?? []
    return source && mount ? [{ source, mount, size: Number(size) * 1_024, used: Number(used) * 1_024 }] : []
  })
  if (rows.length === 0) return null
  return rows
    .filter(({ source, mount }) => mount === '/' || !notDisks.has(source))
    .filter(({ size, used }) => size > 0 && Number.isSafeInteger(size) && Number.isSafeInteger(used))
    .map(({ mount, size, used }) => ({ mount, sizeBytes: size, usedBytes: used }))
}
