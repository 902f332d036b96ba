import { rmSync } from 'node:fs'
import path from 'node:path'
import { addKey, checkName } from '../../../run/bridge/keyring/keys.ts'
import { bridgePlace } from '../../../run/bridge/place.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { keepKeyFile, writeKeyFile } from '../../../transports/zeromq/key-file.ts'
import { makeKeyPair } from '../../../transports/zeromq/keys.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { configuration } from '../../session/configuration.ts'
import { UsageError } from '../../usage-error.ts'
import { portOf } from '../port.ts'
import { print } from '../print.ts'

/** A client that is to be let in, as the command line says it. */
export interface NewClient {
  readonly name: string
  readonly role: string | undefined
  readonly publicKey: string | undefined
  readonly out: string | undefined
}

/** Lets a client in: by its own public key, or by a new pair, which is written to a file for it. */
export async function newKey(context: CommandContext, args: Args, client: NewClient): Promise<number> {
  const { name, publicKey, out } = client
  const role = roleOf(client.role)
  checkName(name)
  if (publicKey !== undefined && out !== undefined)
    throw new UsageError(
      '--public is a key that somebody has, and --out is where a new pair goes: give one of them',
    )
  const loaded = await configuration(context, args)
  const place = bridgePlace(loaded)
  const bridge = keepKeyFile(place.bridgeKey).publicKey
  if (publicKey !== undefined) {
    await addKey(place.keyring, { key: publicKey, name, role })
    const document = { name, role, publicKey, file: null, bridge }
    print(context, args, document, () => [`${name} may ${words[role]}`, ...clientLines(loaded, bridge)])
    return 0
  }
  const file = path.resolve(context.cwd, out ?? `${name}.key`)
  const pair = makeKeyPair()
  // First, so that nobody is let in whose keys could not be written.
  writeKeyFile(file, pair)
  try {
    await addKey(place.keyring, { key: pair.publicKey, name, role })
  } catch (error) {
    rmSync(file, { force: true })
    throw error
  }
  const near = path.relative(context.cwd, file)
  print(context, args, { name, role, publicKey: pair.publicKey, file, bridge }, () => [
    `${name} may ${words[role]}; its keys are in ${near}, which nobody else should have`,
    `  there: install -D -m 600 ${path.basename(file)} .reops/bridge/client.key`,
    ...clientLines(loaded, bridge),
  ])
  return 0
}

const words = { submit: 'submit and read', read: 'read' } as const

/** What the client's own `reops.config.ts` has to say. Z85 has no quotes and no backslash. */
function clientLines({ config }: LoadedConfig, key: string): string[] {
  const port = portOf(config.bridge.listen.jobs)
  return [`  there: bridge: { url: 'tcp://<this machine>:${port}', key: '${key}' } in reops.config.ts`]
}

function roleOf(role = 'submit'): keyof typeof words {
  if (role === 'agent')
    throw new UsageError('an agent enrols by a token of its own; reops agents token <host> issues one')
  if (role === 'submit' || role === 'read') return role
  throw new UsageError(`--role is ${JSON.stringify(role)}; it takes submit or read`)
}
