import * as z from 'zod'
import { awsNameOf } from '../../core/aws-errors/explain.ts'
import type { Json } from '../../core/json.ts'
import { oneLine } from '../../core/one-line.ts'
import type { Aws } from './clients.ts'
import { FunctionFailed, NotDeployed } from './errors.ts'

/** How Lambda words what a function threw. */
const failureSchema = z.object({
  errorType: z.string().default('Error'),
  errorMessage: z.string().default(''),
})

/** Characters of what a function says of its failure. */
const longestSaid = 500

/**
 * Calls a deployed function and answers what it answers. Rejects with `NotDeployed` where there is none of that name,
 * `FunctionFailed` where it fails, and with what `Aws.ask` does. A call whose answer is lost may be made again.
 *
 * @example
 * await invokeFunction(aws, 're-ops-alexa', event)
 */
export async function invokeFunction(aws: Aws, name: string, event: Json): Promise<Json> {
  const { FunctionError, Payload } = await aws
    .ask('lambda', 'lambda:InvokeFunction', client =>
      client.invoke({ FunctionName: name, Payload: Buffer.from(JSON.stringify(event)) }),
    )
    .catch(async (error: unknown) => {
      if (awsNameOf(error) !== 'ResourceNotFoundException') throw error
      throw new NotDeployed(
        `there is no function ${name} in region ${await aws.region()}: reops deploy makes it; if it is elsewhere, see aws.region, aws.profile and aws.stack in reops.config.ts`,
        { cause: error },
      )
    })
  const answer = parsed(Payload)
  if (FunctionError === undefined) return answer
  const { errorType, errorMessage } = failureSchema
    .catch({ errorType: FunctionError, errorMessage: '' })
    .parse(answer)
  throw new FunctionFailed(
    `the function ${name} failed by ${errorType}: ${oneLine(errorMessage, longestSaid)}; reops logs says more`,
    { detail: { function: name, error: errorType } },
  )
}

function parsed(payload: Uint8Array | undefined): Json {
  try {
    return JSON.parse(Buffer.from(payload ?? []).toString('utf8') || 'null') as Json
  } catch {
    // Whoever asked finds that it is not what was expected.
    return null
  }
}
