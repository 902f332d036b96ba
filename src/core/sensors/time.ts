/** Seconds since the epoch are smaller than this, milliseconds are larger. */
const smallestMilliseconds = 1e11

/**
 * The time that a message says, in milliseconds since the epoch: ISO 8601, or seconds or milliseconds since the epoch as a
 * number or a text. Without a zone it is meant as `zone` says, the local time of this machine when left out.
 *
 * @example
 * readTime('2026-11-28T14:05:00', 'utc') // 1795874700000
 */
export function readTime(value: unknown, zone: 'local' | 'utc' = 'local'): number | undefined {
  if (typeof value === 'string' && /^\d{9,14}(\.\d+)?$/.test(value)) return readTime(Number(value))
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value <= 0) return undefined
    return value < smallestMilliseconds ? value * 1_000 : value
  }
  if (typeof value !== 'string') return undefined
  const [, date, time, offset] =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:?\d\d)?$/.exec(value) ?? []
  if (date === undefined) return undefined
  const at = Date.parse(`${date}T${time}${offset ?? (zone === 'utc' ? 'Z' : '')}`)
  return Number.isNaN(at) ? undefined : at
}
