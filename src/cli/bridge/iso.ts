/** A time of ours as documents say it: ISO 8601, or `null` where there is none. */
export function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
