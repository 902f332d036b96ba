/**
 * The one date that is written wherever the format wants one, so that the same files always give the same
 * bytes: the first second of the year 2000, UTC.
 */
const year = 2000

/** The date as a directory record has it: years since 1900, month, day, hour, minute, second, zone. */
export const recordDate = Buffer.from([year - 1900, 1, 1, 0, 0, 0, 0])

/** The date as a volume descriptor has it: sixteen digits, then the zone. */
export const volumeDate = Buffer.from(`${year}010100000000\0`, 'latin1')

/** What a volume descriptor has where no date applies, such as an expiration. */
export const noDate = Buffer.from('0'.repeat(16).concat('\0'), 'latin1')
