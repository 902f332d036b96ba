import path from 'node:path'
import { bridgePlace } from '../../../run/bridge/place.ts'
import { keepKeyFile } from '../../../transports/zeromq/key-file.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { configuration } from '../../session/configuration.ts'
import { UsageError } from '../../usage-error.ts'
import { notice, print } from '../print.ts'

const files = { bridge: 'bridgeKey', relay: 'relayKey', client: 'clientKey' } as const

/** Prints a public key of this machine alone, so that it can be read by a program; makes the pair where there is none. */
export async function showKey(context: CommandContext, args: Args, whose = 'bridge'): Promise<number> {
  if (!Object.hasOwn(files, whose))
    throw new UsageError(
      `there is no key of ${JSON.stringify(whose)}; there are ${Object.keys(files).join(', ')}`,
    )
  const place = bridgePlace(await configuration(context, args))
  const file = place[files[whose as keyof typeof files]]
  const { publicKey, made } = keepKeyFile(file)
  if (made) notice(context, `made a new pair of keys in ${path.relative(context.cwd, file) || file}`)
  print(context, args, { of: whose, publicKey, file, made }, () => [publicKey])
  return 0
}
