import { mkdir } from 'node:fs/promises'
import { join, posix, resolve } from 'node:path'
import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import { InvalidArguments } from '../../core/errors.ts'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { duration, milliseconds, path } from './arguments.ts'
import { reportTo } from './transfer.ts'

/** How files are fetched. */
export interface DownloadOptions {
  /** How long one host may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
}

/** What it is called on the host is what it is called here. */
const namedPath = path.refine(
  path => !['', '.', '..', '~'].includes(posix.basename(path)),
  'has no name that it could have here; name a file or a folder',
)

/**
 * Fetches a file, or a folder, from every host. `local` is a folder, and what a host sends lands in it at
 * `local/<host>/<its name>`, so that hosts never overwrite each other; folders are made where they are missing. A relative `local` starts at
 * the working directory of the process that executes it, a relative `remote` at the login's home.
 *
 * Answers `{ local, files, bytes }`, where `local` is the absolute path of what this host sent. Throws
 * `InvalidArguments` when the folder can't be made here; what a host refuses is that host's failure.
 *
 * @example
 * await run(pipe(download(closet, '/etc/os-release', './releases'), pretty())) // ./releases/foo/os-release …
 */
export const download = hostOperation({
  name: 'download',
  inCloud: false,
  effect: 'idempotent',
  schema: z.strictObject({
    remote: namedPath,
    local: path,
    options: z.strictObject({ timeout: duration.optional() }).prefault({}),
  }),
  args: (remote: string, local: string, options: DownloadOptions = {}) => ({ remote, local, options }),
  describe: ({ remote, local }) => quote(['download', remote, local]),
  timeout: ({ options }) => milliseconds(options.timeout),
  each: async (host, { remote, local }, context) => {
    const into = (await context.files?.writable(local)) ?? resolve(local)
    const folder = join(into, host.name)
    await makeFolder(folder, context.step)
    const file = join(folder, posix.basename(remote))
    return { local: file, ...(await host.download(remote, file, { onProgress: reportTo(context, host) })) }
  },
})

async function makeFolder(folder: string, step: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
  } catch (cause) {
    throw new InvalidArguments(
      `${step}: the folder ${folder} can't be made on this machine; name another one`,
      {
        cause,
        detail: { path: folder },
      },
    )
  }
}
