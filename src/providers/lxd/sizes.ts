/** Bytes of the units in which LXD writes sizes; without one, it is bytes. */
const units: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/**
 * Reads a size as LXD writes it, in whole units of `unit` bytes, at least one. `undefined` for what is none, such as a
 * share of the memory.
 *
 * @example
 * readSize('2GiB', 2 ** 20) // 2048
 */
export function readSize(text: string | undefined, unit: number): number | undefined {
  const found = /^(\d+)\s*([A-Za-z]*)$/.exec(text ?? '')
  const factor = units[found?.[2] ?? '?']
  if (factor === undefined) return undefined
  return Math.max(1, Math.round((Number(found?.[1]) * factor) / unit))
}

export const mib = 2 ** 20
export const gib = 2 ** 30
