import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { duration, milliseconds, path, word } from './arguments.ts'
import { removable } from './removable.ts'
import { reportTo, requireLocal } from './transfer.ts'

/** How a folder is made alike. */
export interface SyncOptions {
  /** Delete on the host what the local folder does not have. `false` when left out. */
  readonly delete?: OrRef<boolean> | undefined
  /** Patterns of names that stay out of it, as rsync reads them. */
  readonly exclude?: OrRef<readonly OrRef<string>[]> | undefined
  /** How long one host may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
}

const schema = z
  .strictObject({
    local: path,
    remote: path,
    options: z
      .strictObject({
        delete: z.boolean().default(false),
        exclude: z.array(word.min(1)).default([]),
        timeout: duration.optional(),
      })
      .prefault({}),
  })
  .refine(({ remote, options }) => !options.delete || removable.safeParse(fromHome(remote)).success, {
    path: ['remote'],
    message: 'with delete: true would empty the root or the home folder; name a folder inside',
  })

/** For a transfer, a `~` is the home folder, which is where a command starts. */
function fromHome(remote: string): string {
  return remote.replace(/^~(?=\/|$)/, '.')
}

/**
 * Makes a folder on every host like one of this machine, moving only what differs. A relative `local` starts at the
 * working directory of the process that executes it, a relative `remote` at the login's home. Answers the
 * `{ files, bytes }` that were moved.
 *
 * Throws `InvalidArguments` when there is no such folder here, and for `delete` on the root or the home folder.
 *
 * @example
 * await run(sync(closet, './site', '/srv/site', { delete: true, exclude: ['.git'] }))
 */
export const sync = hostOperation({
  name: 'sync',
  inCloud: false,
  effect: 'idempotent',
  schema,
  args: (local: string, remote: string, options: SyncOptions = {}) => ({ local, remote, options }),
  describe: ({ local, remote }) => quote(['sync', local, remote]),
  timeout: ({ options }) => milliseconds(options.timeout),
  each: async (host, { local, remote, options }, context) => {
    const folder = await requireLocal(local, context, 'folder')
    return host.sync(folder, remote, {
      delete: options.delete,
      exclude: options.exclude,
      onProgress: reportTo(context, host),
    })
  },
})
