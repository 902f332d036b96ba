import { issueToken, usualTokenSeconds } from '../../../run/bridge/keyring/tokens.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import { keepKeyFile } from '../../../transports/zeromq/key-file.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { formatDate } from '../../history/date.ts'
import { configuration } from '../../session/configuration.ts'
import { secondsOf } from '../../session/flags.ts'
import { UsageError } from '../../usage-error.ts'
import { iso } from '../iso.ts'
import { portOf } from '../port.ts'
import { notice, print } from '../print.ts'

/** A token that lies about for longer than this is found by somebody. */
const mostSeconds = 7 * 86_400

/** Prints a token alone, so that it can go into a file; what to do with it is said on stderr. */
export async function newToken(
  context: CommandContext,
  args: Args,
  host: string,
  replace: boolean,
): Promise<number> {
  const seconds = secondsOf(args, 'expires') ?? usualTokenSeconds
  if (!(seconds > 0 && seconds <= mostSeconds))
    throw new UsageError('--expires takes from a second to seven days, such as 10m or 2h')
  const loaded = await configuration(context, args)
  const place = bridgePlace(loaded)
  const bridge = keepKeyFile(place.bridgeKey).publicKey
  const { token, expiresAt } = await issueToken(place.keyring, { host, seconds, replace })
  print(context, args, { token, host, expiresAt: iso(expiresAt), replace, bridge }, () => [token])
  notice(
    context,
    `good once, until ${formatDate(expiresAt)}; on ${host}: reops agent --bridge tcp://<this machine>:${portOf(loaded.config.bridge.listen.agents)} ` +
      `--bridge-key='${bridge}' --host ${host} --token-file <file>`,
  )
  return 0
}
