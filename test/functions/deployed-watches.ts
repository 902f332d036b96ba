import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { isRecord, type Json } from '../../src/core/json.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { CloudWatchStore } from '../../src/core/watches/cloud/record.ts'
import { type Execution, execute, type InvokeCall, systemClock, TaskError } from '../../src/executor/index.ts'
import { openDynamoWatches } from '../../src/state/dynamodb/watches/store.ts'
import { type DeploymentLab, keyOf } from './deployment-lab.ts'

interface Driving {
  /** What the execution is given; a reading of the sensor where a number. */
  readonly input?: Json
  readonly name?: string
  /** Goes between a Task and what answers it. */
  readonly between?: (call: InvokeCall, answer: () => Promise<Json>) => Promise<Json>
  readonly clock?: Clock
}

/** Pauses between tries pass faster; what bounds a call is as long as ever. */
const hurried: Clock = {
  now: systemClock.now,
  sleep: (ms, signal) => systemClock.sleep(ms <= 5_000 ? ms / 20 : ms, signal),
}

/** What is expected of watches as they are deployed. */
export function watchTests(labOf: () => DeploymentLab, table: string): void {
  let store: CloudWatchStore
  let client: SFNClient
  let count = 0
  beforeAll(async () => {
    const at = { region: 'eu-central-1', endpoint: labOf().aws.endpoint }
    store = await openDynamoWatches({ table, ...at })
    client = new SFNClient(at)
  })
  afterAll(() => {
    store?.close()
    client?.destroy()
  })

  /** StartExecution, as the machine's own integration calls it. */
  const startExecution = async ({ arguments: sent }: InvokeCall): Promise<Json> => {
    const { StateMachineArn: stateMachineArn, Name: name, Input: input } = sent as Record<string, string>
    try {
      const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, name, input }))
      return { ExecutionArn: executionArn! }
    } catch (error) {
      const { name: code, message } = error as Error
      throw new TaskError(`Sfn.${code}Exception`, message)
    }
  }

  /** Executes the machine of a watch as it stands in the template. */
  const drive = async (watch: string, { input = {}, name, between, clock }: Driving) => {
    const { deployment, fleet } = labOf()
    const begin = (machine: string, given: Json, executionName: string): Execution =>
      execute({
        machine: deployment.machines.get(machine)!,
        machineName: machine,
        name: executionName,
        input: given,
        ...(clock ? { clock } : {}),
        invoke: call => {
          const answer = () =>
            call.resource.endsWith(':aws-sdk:sfn:startExecution') ? startExecution(call) : fleet.invoke(call)
          return between === undefined ? answer() : between(call, answer)
        },
        startExecution: async ({ stateMachineArn, input: asked, name: asks = 'unnamed' }) => {
          const flow = stateMachineArn.split(':stateMachine:re-ops-')[1]!
          const child = begin(flow, asked, asks)
          return {
            ...{ id: `arn:child:${asks}`, name: asks, stateMachineArn, startedAt: Date.now() },
            result: () => child.result(),
            cancel: reason => void child.cancel(reason),
          }
        },
      })
    return begin(`watch-${watch}`, input, name ?? `${watch}-${++count}`).result()
  }

  const reading = (value: number, at = Date.now()): Json => ({
    reading: { v: 1, sensor: 'heat', topic: 'closet/temperature', at, value },
  })
  const decided = (watch: string) => store.decisions(watch, { acted: true })
  /** What was started for a watch, by the names of executions. */
  const startedBy = (watch: string) =>
    [...labOf().states.executions].filter(([name]) => name.startsWith(`${watch}-`)).map(([, one]) => one)
  const isStart = ({ resource }: InvokeCall) => resource.endsWith(':aws-sdk:sfn:startExecution')
  const asks = ({ arguments: sent }: InvokeCall, what: string) =>
    isRecord(sent) && isRecord(sent.Payload) && sent.Payload.do === what

  describe('a watch that AWS keeps', () => {
    test('does nothing while there is nothing to do', async () => {
      expect(await drive('too-hot', { input: reading(40) })).toMatchObject({ status: 'SUCCEEDED' })
      expect(startedBy('too-hot')).toEqual([])
    })

    test('starts its flow with the value, and says that it did', async () => {
      expect(await drive('too-hot', { input: reading(71) })).toMatchObject({ status: 'SUCCEEDED' })
      const [last] = await decided('too-hot')
      expect(last).toMatchObject({ code: 'act', value: 71, action: { kind: 'flow', carried: 'started' } })
      await vi.waitUntil(() => startedBy('too-hot').every(({ status }) => status !== 'RUNNING'), {
        timeout: 20_000,
      })
      expect(startedBy('too-hot')).toMatchObject([{ status: 'SUCCEEDED', input: '{"n":71}' }])
    })

    test('starts the flow of onClear once it has cleared', async () => {
      expect(await drive('too-hot', { input: reading(65) })).toMatchObject({ status: 'SUCCEEDED' })
      expect(startedBy('too-hot')).toHaveLength(1)
      expect(await drive('too-hot', { input: reading(50) })).toMatchObject({ status: 'SUCCEEDED' })
      const [last] = await decided('too-hot')
      expect(last).toMatchObject({ code: 'reverse', action: { kind: 'onClear', carried: 'started' } })
      expect(startedBy('too-hot').map(({ input }) => input)).toEqual(['{"n":71}', '{"n":2}'])
    })

    test('acts once where every answer was lost the first time', async () => {
      const lost = new Set<string>()
      const ended = await drive('too-hot', {
        input: reading(90),
        clock: hurried,
        between: async (call, answer) => {
          const what = isStart(call) ? 'start' : asks(call, 'decide') ? 'decide' : 'settle'
          const answered = await answer()
          if (lost.has(what)) return answered
          lost.add(what)
          throw new TaskError(isStart(call) ? 'Sfn.SfnException' : 'Lambda.SdkClientException', 'lost')
        },
      })
      expect(ended).toMatchObject({ status: 'SUCCEEDED' })
      expect(lost).toEqual(new Set(['decide', 'start', 'settle']))
      expect(startedBy('too-hot').map(({ input }) => input)).toEqual(['{"n":71}', '{"n":2}', '{"n":90}'])
      expect(await decided('too-hot')).toHaveLength(3)
    })

    test('acts once on readings that come at the same moment, when a dwell ends between readings', async () => {
      const begun = Date.now()
      const all = [80, 80, 81, 82].map((value, index) => reading(value, begun + Math.min(1, index)))
      const ended = await Promise.all(all.map(input => drive('long-hot', { input })))
      expect(ended.map(({ status }) => status)).toEqual(all.map(() => 'SUCCEEDED'))
      expect(Date.now() - begun).toBeGreaterThanOrEqual(2_000)
      expect(startedBy('long-hot')).toHaveLength(1)
      expect(await decided('long-hot')).toMatchObject([{ code: 'act', action: { carried: 'started' } }])
    })

    test('asks its flow, whose answer is too large for a state, and acts on what it says', async () => {
      expect(await drive('asking', {})).toMatchObject({ status: 'SUCCEEDED' })
      expect(startedBy('asking')).toMatchObject([{ input: '{"n":300000}' }])
    })

    test('is not there for a reading of something else: its execution fails aloud', async () => {
      const other = { reading: { v: 1, sensor: 'other', topic: 'a', at: Date.now(), value: 1 } }
      expect(await drive('too-hot', { input: other })).toMatchObject({
        status: 'FAILED',
        error: 'UnexpectedData',
      })
    })

    test('reaches what watches remember, and no other key of the table', () => {
      const keys = labOf()
        .aws.calls.filter(({ key, service }) => key === keyOf('watch') && service === 'dynamodb')
        .flatMap(({ json }) => leadingKeys(json))
      expect(keys.length).toBeGreaterThan(10)
      expect(keys.filter(key => !key.startsWith('watches/'))).toEqual([])
    })
  })
}

/** The partitions that a call names: in keys and items, and in the values of a query's condition. */
function leadingKeys(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(leadingKeys)
  if (!isRecord(node)) return []
  const { pk, ...rest } = node
  const own = isRecord(pk) && typeof pk.S === 'string' ? [pk.S] : []
  const asked =
    'KeyConditionExpression' in node && isRecord(node.ExpressionAttributeValues)
      ? [node.ExpressionAttributeValues[':pk']].flatMap(one =>
          isRecord(one) && typeof one.S === 'string' ? [one.S] : [],
        )
      : []
  return [...own, ...asked, ...leadingKeys(Object.values(rest))]
}
