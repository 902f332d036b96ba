import { randomBytes } from 'node:crypto'
import { ownTag } from '../../core/aws.ts'
import { sessionKeyParameter } from '../../core/voice/settings.ts'
import type { Aws } from './clients.ts'
import { openParameters, ParameterTaken } from './parameters.ts'

/** Makes the key by which the skill seals what it asks, unless there is one. Nobody but the skill's function reads it. */
export async function keepSessionKey(aws: Aws): Promise<void> {
  const { stack } = aws.settings
  try {
    await openParameters(aws).put(sessionKeyParameter(stack), randomBytes(32).toString('base64'), {
      description: `The key by which the skill of ${stack} seals what it asks`,
      tags: { [ownTag]: stack },
    })
  } catch (error) {
    if (!(error instanceof ParameterTaken)) throw error
  }
}
