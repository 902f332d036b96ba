import * as z from 'zod'
import { printable } from './errors.ts'

/** Something that the server does in the background. */
export const operationSchema = z.object({
  id: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
  description: z.string().default(''),
  status_code: z.int(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  may_cancel: z.boolean().default(false),
  err: z.string().default(''),
})

export type ServerOperation = z.output<typeof operationSchema>

/** How far an operation is, as its server tells: `percent` is absent where it only names what it is at. */
export interface Progress {
  readonly stage: string
  readonly percent?: number | undefined
}

/** Characters of what a server says that it is at. */
const longestStage = 60

/** 200 is success, 400 failure and 401 cancelled; what is under way has a code of its hundred. */
export function isOver({ status_code }: ServerOperation): boolean {
  return status_code >= 200
}

/**
 * Reads an operation's progress out of its metadata, where servers of several versions put it: as `progress`, or as
 * a line such as `rootfs: 45% (3.11MB/s)` under a key that ends in `_progress`.
 *
 * @example
 * readProgress({ download_progress: 'rootfs: 45% (3.11MB/s)' }) // { stage: 'download', percent: 45 }
 */
export function readProgress(metadata: ServerOperation['metadata']): Progress | undefined {
  for (const [key, value] of Object.entries(metadata ?? {})) {
    if (!key.endsWith('_progress') || typeof value !== 'string' || value === '') continue
    const percent = /(\d{1,3})%/.exec(value)?.[1]
    const stage = printable(key.slice(0, -'_progress'.length).replaceAll('_', ' '), longestStage)
    return { stage, ...(percent === undefined ? {} : { percent: Math.min(100, Number(percent)) }) }
  }
  return undefined
}
