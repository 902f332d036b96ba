import type { Tone } from '../../../operations/output/format/painted-table.ts'
import { readKeyring } from '../../../run/bridge/keyring/file.ts'
import type { KeyEntry } from '../../../run/bridge/keyring/schema.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { formatDate } from '../../history/date.ts'
import { configuration } from '../../session/configuration.ts'
import { iso } from '../iso.ts'
import { print, table } from '../print.ts'

/** Prints every key that the keyring knows, agents' and revoked ones too. */
export async function listKeys(context: CommandContext, args: Args): Promise<number> {
  const { keyring } = bridgePlace(await configuration(context, args))
  const { keys } = readKeyring(keyring)
  print(context, args, { keys: keys.map(documentOf) }, () =>
    table(
      context,
      args,
      [{ heading: 'name', share: 0.3 }, 'role', 'key', 'added', ''],
      keys.map(entry => [entry.name, entry.role, entry.key, formatDate(entry.addedAt), stateOf(entry)]),
      'no keys yet; reops keys new lets a client in, and reops agents token an agent',
    ),
  )
  return 0
}

function documentOf({ key, name, role, addedAt, revokedAt }: KeyEntry): object {
  return { name, role, publicKey: key, addedAt: iso(addedAt), revokedAt: iso(revokedAt) }
}

function stateOf({ revokedAt }: KeyEntry): string | { readonly text: string; readonly tone: Tone } {
  return revokedAt === undefined ? '' : { text: `revoked ${formatDate(revokedAt)}`, tone: 'red' }
}
