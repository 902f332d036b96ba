import { revokeKeys } from '../../../run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { configuration } from '../../session/configuration.ts'
import { print } from '../print.ts'

/** Revokes a client's key, without asking: whoever does it is in a hurry. */
export async function revokeKey(context: CommandContext, args: Args, name: string): Promise<number> {
  const { keyring } = bridgePlace(await configuration(context, args))
  const revoked = await revokeKeys(keyring, name, 'client')
  const document = { revoked: revoked.map(({ name, role, key }) => ({ name, role, publicKey: key })) }
  print(context, args, document, () => [
    `${name} is let in no more; a bridge that runs drops it within a second. What it has submitted goes on`,
  ])
  return 0
}
