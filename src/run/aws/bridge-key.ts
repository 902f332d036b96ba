import { ownTag } from '../../core/aws.ts'
import type { Config } from '../../core/config.ts'
import { makeKeyPair, publicKeyOf } from '../../transports/zeromq/keys.ts'
import type { Aws } from './clients.ts'
import { openParameters, ParameterMissing, ParameterTaken } from './parameters.ts'

/** The key by which the cloud dials the bridge. The secret one never leaves Parameter Store again but to the function. */
export interface CloudKey {
  /** The parameter's name. */
  readonly parameter: string
  readonly publicKey: string
  /** It was made just now, and the bridge does not know it yet. */
  readonly made: boolean
}

/** Whether a bridge is configured that the cloud could reach. */
export function reachesBridge({ aws, bridge }: Pick<Config, 'aws' | 'bridge'>): boolean {
  return aws.bridge !== undefined || bridge.url !== undefined
}

export function keyParameter(stack: string): string {
  return `/${stack}/bridge/client-key`
}

/** The key that is there; nothing where there is none. */
export async function readCloudKey(aws: Aws): Promise<CloudKey | undefined> {
  const parameter = keyParameter(aws.settings.stack)
  try {
    return { parameter, publicKey: publicKeyOf(await openParameters(aws).read(parameter)), made: false }
  } catch (error) {
    if (error instanceof ParameterMissing) return undefined
    throw error
  }
}

/** The key that is there, or a new one, which is put there. Another process may be faster: then its key counts. */
export async function keepCloudKey(aws: Aws): Promise<CloudKey> {
  const there = await readCloudKey(aws)
  if (there !== undefined) return there
  const { stack } = aws.settings
  const parameter = keyParameter(stack)
  const { publicKey, secretKey } = makeKeyPair()
  try {
    await openParameters(aws).put(parameter, secretKey, {
      description: `The key by which the functions of ${stack} dial the bridge`,
      tags: { [ownTag]: stack },
    })
    return { parameter, publicKey, made: true }
  } catch (error) {
    const other = error instanceof ParameterTaken ? await readCloudKey(aws) : undefined
    if (other === undefined) throw error
    return other
  }
}
