/** Since when a system is held, in milliseconds since the epoch; unknown of leases that were granted before. */
export const leaseSince = `
  ALTER TABLE system_leases ADD COLUMN since REAL;
`
