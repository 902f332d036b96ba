import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { explainIssues, InvalidConfig } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'

const clock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal })
  },
}

/** Defaults and their reasons. Times are milliseconds, sizes are bytes. */
export const ssmOptionsSchema = z.strictObject({
  region: z.string().min(1).optional(),
  profile: z.string().min(1).optional(),
  /** Other addresses of Systems Manager and of S3. */
  endpoint: z.url().optional(),
  s3Endpoint: z.url().optional(),
  /**
   * Where Run Command leaves output that is larger than it hands over, and through which large files and inputs go. The
   * instances' role has to be let write there. Without it such commands fail, and say so.
   */
  output: z
    .strictObject({ bucket: z.string().min(3), prefix: z.string().min(1).default('run-command') })
    .optional(),
  /** Where whole outputs are kept here. Without it they stay in the bucket, and are named by `s3://…`. */
  spoolFolder: z.string().min(1).optional(),
  /** Output of one stream that stays in the result as text; beyond it that is its tail, and the whole is kept. */
  inlineLimit: z
    .int()
    .min(1_024)
    .default(64 * 1_024),
  /** A command whose stream says more than this is ended: it would fill the disk over there. */
  spoolLimit: z
    .int()
    .min(1_024)
    .default(256 * 1_024 ** 2),
  /** A command that was cancelled is waited for this long, until the instance says that it has ended. */
  endingTimeout: z.int().min(1).default(15_000),
  clock: z
    .custom<Clock>(value => typeof value === 'object' && value !== null && 'sleep' in value, 'a clock sleeps')
    .default(clock),
})

/** What `createSsmTransport` takes; all of it may be left out. */
export type SsmOptions = z.input<typeof ssmOptionsSchema>

export type SsmSettings = z.output<typeof ssmOptionsSchema>

/** Checks the options and fills in what is left out. Throws `InvalidConfig`. */
export function readOptions(options: SsmOptions): SsmSettings {
  const checked = ssmOptionsSchema.safeParse(options)
  if (checked.success) return checked.data
  throw new InvalidConfig(`the options of the ssm transport: ${explainIssues(checked.error.issues)}`, {
    cause: checked.error,
  })
}
