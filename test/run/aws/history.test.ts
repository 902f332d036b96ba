import { SFNClient } from '@aws-sdk/client-sfn'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { awsSettingsSchema, sdkConfig } from '../../../src/core/aws.ts'
import type { ExecutionEvent } from '../../../src/core/runtime.ts'
import { type Aws as OpenAws, openAws } from '../../../src/run/aws/clients.ts'
import { describeExecution, startExecution } from '../../../src/run/aws/executions.ts'
import { followHistory, historyOf, lastEventOf } from '../../../src/run/aws/history.ts'
import { machine, task } from '../../executor/harness.ts'
import { type StatesOptions, statesService } from '../../fakes/aws/states.ts'
import { type Aws, awsEnvironment, startAws } from '../../fakes/aws/wire.ts'
import { hurrySdk } from '../../support/hurry-sdk.ts'

await hurrySdk(new SFNClient(sdkConfig({ region: 'eu-central-1' })))

/** Step Functions with one machine: a Map of seven items, whose Tasks end when they are let. */
async function opened(
  options: Partial<StatesOptions> = {},
): Promise<{ fake: Aws; aws: OpenAws; arn: string; release(): void }> {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  const released = Promise.withResolvers<void>()
  const states = statesService({
    machines: {
      're-ops-each': machine({
        Each: {
          Type: 'Map',
          Items: '{% [1, 2, 3, 4, 5, 6, 7] %}',
          ItemProcessor: { StartAt: 'One', States: { One: task() } },
          End: true,
        },
      }),
    },
    open: () => async () => {
      await released.promise
      return null
    },
    ...options,
  })
  const fake = await startAws(states)
  const aws = openAws(awsSettingsSchema.parse({ region: 'eu-central-1', endpoint: fake.endpoint }))
  onTestFinished(async () => {
    released.resolve()
    aws.close()
    await states.stop()
    await fake.end()
    vi.unstubAllEnvs()
  })
  return { fake, aws, arn: states.arnOf('re-ops-each'), release: () => released.resolve() }
}

const begin = (aws: OpenAws, machine: string, name = 'one') =>
  startExecution(aws, { machine, flow: 'each', name, input: {} })

async function collect(events: AsyncIterable<ExecutionEvent>): Promise<number[]> {
  const ids: number[] = []
  for await (const { id } of events) ids.push(id)
  return ids
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('a history', () => {
  test.each([1, 3, 1_000])('is whole and in order, in pages of %i', async pageSize => {
    const { aws, arn, release } = await opened({ pageSize })
    release()
    const { id } = await begin(aws, arn)
    const followed = await collect(followHistory(aws, id, { signal: new AbortController().signal }))
    const last = await lastEventOf(aws, id)
    expect(followed).toEqual(upTo(last))
    expect(await collect(historyOf(aws, id))).toEqual(upTo(last))
  })

  test('is followed without a gap or a repetition, through what goes wrong between', async () => {
    const { aws, arn, fake, release } = await opened({ pageSize: 4, unknownFor: 2 })
    const { id } = await begin(aws, arn)
    const notices: string[] = []
    const seen: number[] = []
    const following = (async () => {
      const options = {
        signal: new AbortController().signal,
        notice: (text: string) => void notices.push(text),
      }
      for await (const event of followHistory(aws, id, options)) {
        seen.push(event.id)
        if (seen.length === 1) fake.next('states GetExecutionHistory', 'throttle', 'hang up', 500)
      }
    })()
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBeGreaterThan(7)
    release()
    await following
    expect(seen).toEqual(upTo(await lastEventOf(aws, id)))
    // One that AWS does not know yet is nothing that a person has to hear of.
    expect(notices).toEqual([])
  })

  test('ends when nobody wants it any more', async () => {
    const { aws, arn } = await opened()
    const { id } = await begin(aws, arn)
    const left = new AbortController()
    const ids: number[] = []
    for await (const event of followHistory(aws, id, { signal: left.signal })) {
      ids.push(event.id)
      left.abort()
    }
    expect(ids.length).toBeGreaterThan(0)
    expect((await describeExecution(aws, id))?.status).toBe('RUNNING')
  })

  test('of what AWS does not know is not followed for ever', async () => {
    const { aws, arn } = await opened()
    const nobody = `${arn.replace('stateMachine', 'execution')}:nobody`
    expect(await describeExecution(aws, nobody)).toBeUndefined()
    await expect(collect(historyOf(aws, nobody))).rejects.toThrow('ExecutionDoesNotExist')
  })
})

describe('starting', () => {
  test('refuses an input that no state could hold, without asking', async () => {
    const { aws, arn, fake } = await opened()
    const input = { word: 'x'.repeat(300_000) }
    await expect(startExecution(aws, { machine: arn, flow: 'each', name: 'big', input })).rejects.toThrow(
      'the input of each has 300011 bytes and Step Functions takes 262144',
    )
    expect(fake.calls).toEqual([])
  })

  test('answers the execution that runs under this name and input already', async () => {
    const { aws, arn } = await opened()
    const [first, second] = [await begin(aws, arn), await begin(aws, `${arn}:7`)]
    expect(second.id).toBe(first.id)
  })
})
