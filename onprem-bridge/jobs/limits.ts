/** Bounds of the job desk. Times are milliseconds. */
export interface Limits {
  /** Jobs at work at once. */
  readonly running: number
  /** Jobs that wait, of all submitters. */
  readonly waiting: number
  /** Jobs of one submitter that wait, so that one doesn't crowd out the others. */
  readonly waitingEach: number
  /** Bytes of the requests that wait: all of them are in memory when the bridge starts again. */
  readonly waitingBytes: number
  /** Between signs of life to whoever waits for a job. */
  readonly beatMs: number
  /** Between signs of life to Step Functions, whose shortest usual patience is a minute. */
  readonly tokenBeatMs: number
  /** What a job that was told to stop may take for it. */
  readonly graceMs: number
  /** How long ended jobs are remembered. */
  readonly keepMs: number
  /** How often a job that may be repeated is begun, should each time end with the bridge's own process. */
  readonly attempts: number
  /** Messages of one session that are being answered. */
  readonly inFlight: number
  /** How deep the data of a request may be nested. */
  readonly depth: number
  /** Between two messages of progress of a job, which are put together meanwhile. */
  readonly progressMs: number
  /** Events of progress that one job may have waiting, and their bytes. */
  readonly progressEvents: number
  readonly progressBytes: number
  /** Bytes of data that is being uploaded and not whole yet, and half of it for one submitter. */
  readonly uploadBytes: number
  /** How long an upload may stand still. */
  readonly uploadMs: number
  /** Bytes of kept data that is at hand for who asks for its next chunk. */
  readonly downloadBytes: number
}

const second = 1_000
const megabyte = 1_024 * 1_024

export const usualLimits: Limits = {
  running: 32,
  waiting: 10_000,
  waitingEach: 2_000,
  waitingBytes: 256 * megabyte,
  beatMs: 5 * second,
  tokenBeatMs: 20 * second,
  graceMs: 10 * second,
  keepMs: 7 * 86_400 * second,
  attempts: 3,
  inFlight: 1_024,
  depth: 200,
  progressMs: 100,
  progressEvents: 4_096,
  progressBytes: megabyte,
  uploadBytes: 256 * megabyte,
  uploadMs: 600 * second,
  downloadBytes: 64 * megabyte,
}
