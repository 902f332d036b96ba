import * as z from 'zod'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import { flags, path } from './arguments.ts'
import { requireExit } from './exit-status.ts'

/**
 * Lists a path on every host with the host's own `ls`. The path may hold anything, and nothing in it is expanded:
 * `*` and `~` are names. Answers what `ls` printed, as `exec` does; a path that isn't there fails with code `exit`.
 *
 * @example
 * await run(pipe(ls(closet, '/', '-la'), pick(successful), pretty()))
 */
export const ls = hostOperation({
  name: 'ls',
  effect: 'read',
  schema: z.strictObject({ path, flags }),
  args: (path: string, ...flags: string[]) => ({ path, flags }),
  describe: ({ path, flags }) => quote(['ls', ...flags, path]),
  each: async (host, { path, flags }) => requireExit(await host.exec(['ls', ...flags, '--', path])),
})
