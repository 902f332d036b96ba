import { clientOptions } from '../../src/core/aws.ts'
import { sessionKeyParameter } from '../../src/core/voice/settings.ts'
import type { FunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { log } from '../shared/log.ts'

/** Milliseconds for which a key is used before it is read again. */
const fresh = 10 * 60_000

/**
 * The key by which questions are sealed, out of the parameter that a deployment puts; nothing where it can't be read, which
 * the log tells.
 */
export function sessionKey({ stack, settings }: FunctionEnvironment): () => Promise<string | undefined> {
  let known: { readonly key: string; readonly until: number } | undefined
  return async () => {
    if (known !== undefined && Date.now() < known.until) return known.key
    try {
      const { readParameter } = await import('../bridge/parameter.ts')
      const key = await readParameter(sessionKeyParameter(stack), clientOptions(settings.aws, 'ssm'))
      if (key === undefined || key.length < 32) return undefined
      known = { key, until: Date.now() + fresh }
      return key
    } catch (error) {
      log({
        level: 'warn',
        message: 'no session key',
        error: error instanceof Error ? error.name : 'unknown',
      })
      return undefined
    }
  }
}
