import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { duration, milliseconds, path } from './arguments.ts'
import { mode, reportTo, requireLocal } from './transfer.ts'

/** How files are sent. */
export interface UploadOptions {
  /** Permission bits of every file on the host, such as `0o640`; those of the file here when left out. */
  readonly mode?: OrRef<number> | undefined
  /** How long one host may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
}

/**
 * Sends a file of this machine, or what is in a folder, to every host. A relative `local` starts at the working
 * directory of the process that executes it, a relative `remote` at the login's home. A file keeps its own name in
 * a `remote` that is a folder. Answers `{ files, bytes }`.
 *
 * Throws `InvalidArguments` when nothing of that name is here; what a host refuses is that host's failure.
 *
 * @example
 * await run(upload(closet, './motd', '/etc/motd', { mode: 0o644 }))
 */
export const upload = hostOperation({
  name: 'upload',
  inCloud: false,
  effect: 'idempotent',
  schema: z.strictObject({
    local: path,
    remote: path,
    options: z.strictObject({ mode: mode.optional(), timeout: duration.optional() }).prefault({}),
  }),
  args: (local: string, remote: string, options: UploadOptions = {}) => ({ local, remote, options }),
  describe: ({ local, remote }) => quote(['upload', local, remote]),
  timeout: ({ options }) => milliseconds(options.timeout),
  each: async (host, { local, remote, options }, context) => {
    const file = await requireLocal(local, context)
    return host.upload(file, remote, { mode: options.mode, onProgress: reportTo(context, host) })
  },
})
