/** What is remembered has to fit into an item of 400 KB, and an action with its input into the data of a state. */

/** Topics of one sensor. */
export const mostTopics = 100
/** Bytes of JSON of all readings together. */
export const mostReadingBytes = 96 * 1024
/** Bytes of JSON of what a poll found out. */
export const mostPolledBytes = 64 * 1024
/** Bytes of JSON of an action's input. */
export const mostInputBytes = 32 * 1024
/** Actions that are decided and not settled; nothing new is decided to be done beyond that. */
export const mostUnsettled = 4
/** Executions that wait to look again. */
export const mostLooks = 32
/** Looks of one execution: each takes a part of the 25,000 events that its history may have. */
export const mostLooksOfExecution = 400
/** Characters of a reason. */
const mostWhyLength = 500

/** Clocks differ; a reading of later than this from now is of no time. Milliseconds. */
export const aheadMs = 60_000
/** Whoever was to look at a moment may come so much later, in milliseconds. */
export const lateMs = 60_000
/** What is said and not done is told no more often than this, in milliseconds. */
export const toldEveryMs = 1_000

/** A reason, cut where it would be too long. */
export function short(why: string): string {
  return why.length <= mostWhyLength ? why : `${why.slice(0, mostWhyLength - 1)}…`
}
