import * as z from 'zod'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { requireExit } from './exit-status.ts'

/**
 * Asks every host for a sign of life: opens the connection and runs `true`. `ms` is that command's round trip in
 * milliseconds; the time that the outcome notes for the host includes connecting.
 *
 * @example
 * await run(pipe(ping(closet), pick(failed), pretty()))
 */
export const ping = hostOperation({
  name: 'ping',
  effect: 'read',
  schema: z.strictObject({}),
  args: () => ({}),
  each: async (host, _args, { clock }) => {
    const began = clock.now()
    requireExit(await host.exec(['true']))
    return { ms: clock.now() - began }
  },
})
