import { describe, expect, test } from 'vitest'
import { type ExecuteOptions, TaskError } from '../../../src/executor/index.ts'
import { fakeClock } from '../fake-clock.ts'
import { output, run, start, task } from '../harness.ts'

const put = 'arn:aws:states:::s3:putObject'
const pass = { Type: 'Pass', End: true }
const toStore = { Resource: put, Arguments: { Bucket: 'b', Prefix: 'out/' } }

const each = (ResultWriter: object, more: object = {}, state: object = pass) => ({
  M: {
    Type: 'Map',
    Label: 'L',
    ResultWriter,
    ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: state } },
    End: true,
    ...more,
  },
})

function memory() {
  const objects: Record<string, string> = {}
  const writeObject: ExecuteOptions['writeObject'] = async ({ arguments: { Bucket, Key, Body } }) => {
    objects[`${Bucket}/${Key}`] = Body
  }
  return { objects, writeObject }
}

interface Exported {
  readonly MapRunArn: string
  readonly ResultWriterDetails: { readonly Bucket: string; readonly Key: string }
}

/** What was exported, by the names of the files within the folder of the Map Run. */
async function exported(
  writer: object,
  options: Partial<ExecuteOptions>,
  more: object = {},
  state: object = pass,
) {
  const { objects, writeObject } = memory()
  const result = (await output(each(writer, more, state), {
    clock: fakeClock(0),
    writeObject,
    machineName: 'flow',
    ...options,
  })) as Exported
  const folder = result.ResultWriterDetails?.Key.replace(/manifest\.json$/, '')
  const files = Object.fromEntries(
    Object.entries(objects).map(([key, body]) => [key.replace(`b/${folder}`, ''), body]),
  )
  return { result, files, folder }
}

const failOdd: ExecuteOptions['invoke'] = ({ arguments: n }) => {
  if ((n as number) % 2 === 1) throw new TaskError('Odd', `${n}`)
  return n
}

describe('exports', () => {
  test('a manifest and what there is to know of each child, as AWS does', async () => {
    const { result, files, folder } = await exported(
      toStore,
      { input: [1, 2], invoke: failOdd },
      { ToleratedFailureCount: 1 },
      task(),
    )
    expect(result.MapRunArn).toMatch(/^arn:aws:states:local:\d+:mapRun:flow\/L:[-0-9a-f]+$/)
    const id = result.MapRunArn.split(':').at(-1)!
    expect(result.ResultWriterDetails).toEqual({ Bucket: 'b', Key: `out/${id}/manifest.json` })
    expect(JSON.parse(files['manifest.json']!)).toEqual({
      DestinationBucket: 'b',
      MapRunArn: result.MapRunArn,
      ResultFiles: {
        FAILED: [{ Key: `${folder}FAILED_0.json`, Size: files['FAILED_0.json']!.length }],
        PENDING: [],
        SUCCEEDED: [{ Key: `${folder}SUCCEEDED_0.json`, Size: files['SUCCEEDED_0.json']!.length }],
      },
    })
    const of = (index: number) => ({
      ExecutionArn: `arn:aws:states:local:000000000000:execution:flow/L:${id}:${index}`,
      InputDetails: { Included: true },
      Name: String(index),
      RedriveCount: 0,
      StartDate: '1970-01-01T00:00:00.000Z',
      StateMachineArn: 'arn:aws:states:local:000000000000:stateMachine:flow/L',
      StopDate: '1970-01-01T00:00:00.000Z',
    })
    expect(JSON.parse(files['SUCCEEDED_0.json']!)).toEqual([
      {
        ...of(1),
        Input: '2',
        Output: '2',
        OutputDetails: { Included: true },
        RedriveStatus: 'NOT_REDRIVABLE',
        RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
        Status: 'SUCCEEDED',
      },
    ])
    expect(JSON.parse(files['FAILED_0.json']!)).toEqual([
      { ...of(0), Input: '1', Error: 'Odd', Cause: '1', RedriveStatus: 'REDRIVABLE', Status: 'FAILED' },
    ])
  })

  test('outputs alone, whole or flattened, as JSON or as lines', async () => {
    const input = [[1, 2], [3], { a: 4 }]
    const of = async (WriterConfig: object, name: string) =>
      (await exported({ ...toStore, WriterConfig }, { input }, { MaxConcurrency: 1 })).files[name]
    expect(await of({ Transformation: 'COMPACT' }, 'SUCCEEDED_0.json')).toBe('[[1,2],[3],{"a":4}]')
    expect(await of({ Transformation: 'FLATTEN' }, 'SUCCEEDED_0.json')).toBe('[1,2,3,{"a":4}]')
    expect(await of({ Transformation: 'FLATTEN', OutputType: 'JSONL' }, 'SUCCEEDED_0.jsonl')).toBe(
      '1\n2\n3\n{"a":4}\n',
    )
  })

  test('into as many files as their size asks for', async () => {
    const { files } = await exported(
      { ...toStore, WriterConfig: { Transformation: 'COMPACT' } },
      { input: Array.from({ length: 10 }, (_, i) => i), limits: { resultFileChars: 8 } },
      { MaxConcurrency: 1 },
    )
    expect(Object.keys(files).sort()).toEqual([
      'SUCCEEDED_0.json',
      'SUCCEEDED_1.json',
      'SUCCEEDED_2.json',
      'manifest.json',
    ])
    expect(files['SUCCEEDED_1.json']).toBe('[4,5,6,7]')
  })

  test('nothing but a manifest when there is nothing, to the bucket itself without a prefix', async () => {
    const { objects, writeObject } = memory()
    const Arguments = { Bucket: '{% $states.input.to %}' }
    const states = each({ Resource: put, Arguments }, { Items: [] })
    const result = (await output(states, { input: { to: 'b' }, writeObject })) as Exported
    expect(result.ResultWriterDetails.Key).toMatch(/^[-0-9a-f]{36}\/manifest\.json$/)
    expect(Object.keys(objects)).toHaveLength(1)
  })

  test('what there is when too many failed', async () => {
    const { objects, writeObject } = memory()
    const options = { input: [2, 1], invoke: failOdd, writeObject }
    expect(await run(each(toStore, { MaxConcurrency: 1 }, task()), options)).toMatchObject({
      error: 'States.ExceedToleratedFailureThreshold',
    })
    expect(
      Object.keys(objects)
        .map(key => key.split('/').at(-1))
        .sort(),
    ).toEqual(['FAILED_0.json', 'SUCCEEDED_0.json', 'manifest.json'])
  })
})

describe('without a store named', () => {
  const of = (WriterConfig: object, input: readonly never[] | readonly unknown[] = [[1], 2]) =>
    output(each({ WriterConfig }), { input: input as never, clock: fakeClock(0) })

  test('a WriterConfig forms the output of the state, in the order of the items', async () => {
    expect(await of({ Transformation: 'COMPACT' })).toEqual([[1], 2])
    expect(await of({ Transformation: 'FLATTEN' })).toEqual([1, 2])
    expect(await of({ OutputType: 'JSONL' })).toBe('[1]\n2\n')
    expect(await of({ Transformation: 'NONE' })).toEqual([
      expect.objectContaining({ Input: '[1]', Output: '[1]', Status: 'SUCCEEDED' }),
      expect.objectContaining({ Input: '2', Output: '2', Name: '1' }),
    ])
  })
})

describe('fails with States.ResultWriterFailed', () => {
  const failed = (message: string) => ({
    status: 'FAILED',
    error: 'States.ResultWriterFailed',
    cause: `An error occurred while executing the state 'M' (entered at the event id #2). ${message}`,
  })

  test('when there is no store, or it refuses, which the Map may catch', async () => {
    expect(await run(each(toStore), { input: [1] })).toEqual(
      failed('There is no store here that results could be written to'),
    )
    const writeObject = async () => {
      throw new Error('the disk is full')
    }
    expect(await run(each(toStore), { input: [1], writeObject })).toEqual(failed('the disk is full'))
    const Catch = [{ ErrorEquals: ['States.ResultWriterFailed'], Next: 'C', Output: 'caught' }]
    expect(await output({ ...each(toStore, { Catch }), C: pass }, { input: [1], writeObject })).toBe('caught')
  })

  test('before any child has run, when no bucket is named', async () => {
    const { execution, calls } = start(each({ Resource: put, Arguments: {} }, {}, task()), { input: [1] })
    expect(await execution.result()).toEqual(
      failed('The Arguments of the ResultWriter must name a Bucket, and may name a Prefix'),
    )
    expect(calls).toEqual([])
  })
})
