import { clientOptions } from '../../src/core/aws.ts'
import { explainAws } from '../../src/core/aws-errors/explain.ts'
import { InvalidConfig } from '../../src/core/errors.ts'
import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { isKey, type KeyPair, publicKeyOf } from '../../src/transports/zeromq/keys.ts'

/** Milliseconds for which a key is used before it is read again: one that was changed is then dialled with. */
const fresh = 10 * 60_000

/**
 * The pair of keys by which this function dials the bridge, out of the parameter that a deployment puts. It is remembered
 * for a while; AWS's client is loaded when it is read. Rejects with `InvalidConfig` where there is none, and with what
 * `explainAws` makes.
 */
export function clientKey({ stack, settings }: FunctionEnvironment): () => Promise<KeyPair> {
  const name = `/${stack}/bridge/client-key`
  let known: { readonly keys: KeyPair; readonly until: number } | undefined
  return async () => {
    if (known !== undefined && Date.now() < known.until) return known.keys
    const options = clientOptions(settings.aws, 'ssm')
    const { readParameter } = await import('./parameter.ts')
    const secretKey = await readParameter(name, options).catch((error: unknown) => {
      if (error instanceof Error && error.name === 'ParameterNotFound') return undefined
      throw explainAws(error, { action: 'ssm:GetParameter', ...options })
    })
    if (secretKey === undefined || !isKey(secretKey))
      throw new InvalidConfig(
        `Parameter Store has no key at ${name} by which the bridge could be dialled: reops deploy puts one there`,
      )
    known = { keys: { publicKey: publicKeyOf(secretKey), secretKey }, until: Date.now() + fresh }
    return known.keys
  }
}
