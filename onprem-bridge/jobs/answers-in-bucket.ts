import type { Json } from '../../src/core/json.ts'
import { referencesIn, type SpillStore } from '../../src/core/spill.ts'
import { SpilledDataMissing } from '../../src/state/spilled-data.ts'
import { AnswerRefused, type TaskTokens } from './tokens.ts'

/** Where kept data is, and where it has to be for who gets the answer; nowhere where no bucket is known. */
export interface AnswerData {
  readonly here: Pick<SpillStore, 'get'>
  readonly bucket: Pick<SpillStore, 'put'> | undefined
}

/**
 * Brings what an answer keeps aside into the bucket before Step Functions gets the answer, so that its next state finds it.
 * What can't be brought now is tried again with the answer; without a bucket such an answer is none.
 */
export function answersInBucket(tokens: TaskTokens, { here, bucket }: AnswerData): TaskTokens {
  const carry = async (value: Json): Promise<void> => {
    for (const { $spilled: key, bytes } of referencesIn(value)) {
      if (bucket === undefined)
        throw new AnswerRefused(
          `the answer keeps ${bytes} bytes aside, which are too many for a state, and this bridge knows no bucket for them: set bridge.stepFunctions.bucket in its reops.config.ts to the stack's BucketName`,
        )
      const json = await here.get(key).catch((cause: unknown) => {
        if (cause instanceof SpilledDataMissing) throw new AnswerRefused(cause.message, { cause })
        throw cause
      })
      // Kept data may keep data aside itself.
      await carry(JSON.parse(json) as Json)
      await bucket.put(json)
    }
  }
  return {
    ...tokens,
    async succeed(token, output) {
      await carry(JSON.parse(output) as Json)
      await tokens.succeed(token, output)
    },
  }
}
