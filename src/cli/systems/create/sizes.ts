import type { Args } from '../../command.ts'
import { text } from '../../parse.ts'
import { UsageError } from '../../usage-error.ts'

const units = { M: 1, G: 1_024, T: 1_024 * 1_024 } as const

/** A flag that is a size of memory, in MiB: `512`, `512M`, `4G`, `4GiB`. Throws `UsageError`. */
export function mebibytesOf(args: Args, name: string): number | undefined {
  const value = text(args, name)
  return value === undefined ? undefined : sizeOf(value, 'M', `--${name}`)
}

/** A flag that is a size of a disk, in GiB: `20`, `20G`, `1T`. Throws `UsageError`. */
export function gibibytesOf(args: Args, name: string): number | undefined {
  const value = text(args, name)
  return value === undefined ? undefined : readGibibytes(value, `--${name}`)
}

/** A size of a disk in GiB. `flag` is who says it. Throws `UsageError`. */
export function readGibibytes(value: string, flag: string): number {
  const mebibytes = sizeOf(value, 'G', flag)
  if (mebibytes % 1_024 === 0) return mebibytes / 1_024
  throw new UsageError(`${flag} is ${JSON.stringify(value)}; disks have whole GiB, such as 20 or 1T`)
}

/** MiB; a bare number is in the unit that is usual for it. */
function sizeOf(value: string, usual: keyof typeof units, flag: string): number {
  const [, number, unit = usual] = /^(\d{1,9}(?:\.\d{1,3})?)([MGT])?(?:i?B)?$/i.exec(value) ?? []
  const size = Number(number) * units[unit.toUpperCase() as keyof typeof units]
  if (Number.isInteger(size) && size > 0) return size
  throw new UsageError(
    `${flag} is ${JSON.stringify(value)}; it takes a size such as ${usual === 'M' ? '512, 512M or 4G' : '20, 20G or 1T'}`,
  )
}
