import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { answersInBucket } from '../../../onprem-bridge/jobs/answers-in-bucket.ts'
import type { TaskTokens } from '../../../onprem-bridge/jobs/tokens.ts'
import type { SpillStore } from '../../../src/core/spill.ts'
import { SpilledDataMissing } from '../../../src/state/spilled-data.ts'

const keyOf = (json: string) => createHash('sha256').update(json).digest('hex')

function memory(): SpillStore & { readonly kept: Map<string, string> } {
  const kept = new Map<string, string>()
  return {
    kept,
    put: async json => {
      kept.set(keyOf(json), json)
      return keyOf(json)
    },
    get: async key => {
      const json = kept.get(key)
      if (json === undefined) throw new SpilledDataMissing(`no ${key}`)
      return json
    },
  }
}

function tokensOf(told: string[]): TaskTokens {
  return {
    succeed: async (_token, output) => void told.push(output),
    fail: async () => {},
    heartbeat: async () => {},
    close: async () => {},
  }
}

test('what an answer keeps aside is in the bucket before the answer is given, and so is what that keeps aside', async () => {
  const [here, bucket, told] = [memory(), memory(), [] as string[]]
  const inner = await here.put('"inner"')
  const outer = await here.put(JSON.stringify({ within: { $spilled: inner, bytes: 7 } }))
  const output = JSON.stringify([{ $spilled: outer, bytes: 99 }])
  await answersInBucket(tokensOf(told), { here, bucket }).succeed('t', output)
  expect(bucket.kept).toEqual(here.kept)
  expect(told).toEqual([output])
})

test('an answer is not given while the bucket can not be reached', async () => {
  const [here, told] = [memory(), [] as string[]]
  const output = JSON.stringify({ $spilled: await here.put('"large"'), bytes: 7 })
  const bucket = { put: () => Promise.reject(new Error('no network')) }
  await expect(answersInBucket(tokensOf(told), { here, bucket }).succeed('t', output)).rejects.toThrow(
    'no network',
  )
  expect(told).toEqual([])
})

test('an answer that keeps aside what nobody will find is refused, and says what to do', async () => {
  const [here, told] = [memory(), [] as string[]]
  const output = JSON.stringify({ $spilled: await here.put('"large"'), bytes: 7 })
  const without = answersInBucket(tokensOf(told), { here, bucket: undefined })
  await expect(without.succeed('t', output)).rejects.toMatchObject({
    name: 'AnswerRefused',
    message: expect.stringContaining('bridge.stepFunctions.bucket'),
  })
  await without.succeed('t', '{"small":true}')
  const lost = JSON.stringify({ $spilled: keyOf('"lost"'), bytes: 6 })
  const tokens = answersInBucket(tokensOf(told), { here, bucket: memory() })
  await expect(tokens.succeed('t', lost)).rejects.toMatchObject({ name: 'AnswerRefused' })
  expect(told).toEqual(['{"small":true}'])
})
