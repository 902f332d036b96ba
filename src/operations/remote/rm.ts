import * as z from 'zod'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import { flags } from './arguments.ts'
import { requireExit } from './exit-status.ts'
import { removable } from './removable.ts'

/**
 * Removes a file on every host, or a folder with `-r`. Nothing in the path is expanded: `*` is a name. It refuses
 * with `InvalidArguments`, before anything is sent, what comes to `/`, `.` or `..`, however it is written. What
 * isn't there fails with code `exit`, unless `-f` says that this is fine.
 *
 * @example
 * await run(rm(closet, '/var/cache/junk', '-rf'))
 */
export const rm = hostOperation({
  name: 'rm',
  effect: 'change',
  schema: z.strictObject({ path: removable, flags }),
  args: (path: string, ...flags: string[]) => ({ path, flags }),
  describe: ({ path, flags }) => quote(['rm', ...flags, path]),
  each: async (host, { path, flags }) => requireExit(await host.exec(['rm', ...flags, '--', path])),
})
