import * as z from 'zod'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import { flags, path } from './arguments.ts'
import { requireExit } from './exit-status.ts'

/**
 * Makes a folder on every host. With `-p` it also makes the folders above and is content when it is there already;
 * without, a folder that is there fails with code `exit` and nothing is changed. So it may be repeated either way.
 *
 * @example
 * await run(mkdir(closet, '/srv/site', '-p', '-m750'))
 */
export const mkdir = hostOperation({
  name: 'mkdir',
  effect: 'idempotent',
  schema: z.strictObject({ path, flags }),
  args: (path: string, ...flags: string[]) => ({ path, flags }),
  describe: ({ path, flags }) => quote(['mkdir', ...flags, path]),
  each: async (host, { path, flags }) => requireExit(await host.exec(['mkdir', ...flags, '--', path])),
})
