import { KeyRefused } from '../../../run/bridge/keyring/errors.ts'
import { revokeKeys } from '../../../run/bridge/keyring/keys.ts'
import { withdrawTokens } from '../../../run/bridge/keyring/tokens.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { configuration } from '../../session/configuration.ts'
import { print } from '../print.ts'

/** Revokes the key of a host's agent, and takes back a token that it may still have. */
export async function revokeAgent(context: CommandContext, args: Args, host: string): Promise<number> {
  const { keyring } = bridgePlace(await configuration(context, args))
  const tokens = await withdrawTokens(keyring, host)
  const revoked = await revokeKeys(keyring, host, 'agent').catch((error: unknown) => {
    if (error instanceof KeyRefused && tokens > 0) return []
    throw error
  })
  print(context, args, { host, keys: revoked.map(({ key }) => key), tokens }, () => [
    ...(revoked.length > 0
      ? [`the agent of ${host} is let in no more; a bridge that runs drops it within a second`]
      : []),
    ...(tokens > 0 ? [`a token for ${host} that was not used was taken back`] : []),
  ])
  return 0
}
