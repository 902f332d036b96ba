/**
 * A time zone as the database has it, or as it was written where Intl has renamed it: Intl takes names in any case. Throws
 * `RangeError` where there is none.
 */
export function zoneAsWritten(name: string): string {
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
  return timeZone.toLowerCase() === name.toLowerCase() ? timeZone : name
}
