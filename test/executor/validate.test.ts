import { describe, expect, test } from 'vitest'
import { execute, MachineError } from '../../src/executor/index.ts'

const end = { Type: 'Pass', End: true }

function problems(machine: unknown): readonly { state: string; message: string }[] {
  let called = false
  try {
    execute({ machine: machine as never, input: {}, invoke: () => (called = true) })
  } catch (error) {
    expect(called).toBe(false)
    if (error instanceof MachineError) return error.problems
    throw error
  }
  return []
}

const of = (state: object, others: object = {}) =>
  problems({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: state, ...others } })

const get = 'arn:aws:states:::s3:getObject'

const distributed = (more: object) => ({
  Type: 'Map',
  ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'A', States: { A: end } },
  End: true,
  ...more,
})

describe('a machine is refused', () => {
  test.each([
    ['that is none', null, '', 'a state machine is an object'],
    ['without StartAt', { QueryLanguage: 'JSONata', States: { A: end } }, '', 'StartAt is missing'],
    [
      'whose StartAt is not there',
      { QueryLanguage: 'JSONata', StartAt: 'B', States: { A: end } },
      '',
      "StartAt names 'B'",
    ],
    ['without states', { QueryLanguage: 'JSONata', StartAt: 'A', States: {} }, '', 'at least one state'],
    ['in JSONPath', { StartAt: 'A', States: { A: end } }, 'A', 'its query language is JSONPath'],
    [
      'with a state in JSONPath',
      { QueryLanguage: 'JSONata', StartAt: 'A', States: { A: { ...end, QueryLanguage: 'JSONPath' } } },
      'A',
      'its query language is JSONPath',
    ],
  ])('%s', (_, machine, state, message) => {
    expect(problems(machine)).toContainEqual({ state, message: expect.stringContaining(message) })
  })

  test.each([
    ['of no type', { End: true }, 'its Type is undefined'],
    ['of an unknown type', { Type: 'Loop' }, 'it must be one of Task, Pass'],
    ['of an inherited name', { Type: 'constructor' }, 'its Type is "constructor"'],
    ['that leads nowhere', { Type: 'Pass' }, 'either a Next or "End": true'],
    ['that leads to two places', { ...end, Next: 'A' }, 'either a Next or "End": true'],
    ['that leads to what is not there', { Type: 'Pass', Next: 'Nope' }, "leads to 'Nope'"],
    ['that leads to what only objects have', { Type: 'Pass', Next: 'toString' }, "leads to 'toString'"],
    ['with a field of JSONPath', { ...end, ResultPath: '$.x' }, 'ResultPath belongs to JSONPath'],
    ['with an unknown field', { ...end, Outputs: 1 }, 'has no field Outputs'],
    ['that is a Task without Resource', { Type: 'Task', End: true }, 'Resource is missing'],
    [
      'whose heartbeat is no shorter than its timeout',
      { Type: 'Task', Resource: 'r', TimeoutSeconds: 5, HeartbeatSeconds: 5, End: true },
      'HeartbeatSeconds must be smaller',
    ],
    ['that is a Choice without rules', { Type: 'Choice', Choices: [] }, 'at least one rule'],
    [
      'that is a Choice in JSONPath',
      { Type: 'Choice', Choices: [{ Variable: '$.a', Next: 'A' }] },
      'needs a Condition',
    ],
    [
      'that waits twice',
      { Type: 'Wait', Seconds: 1, Timestamp: 'x', End: true },
      'either Seconds or a Timestamp',
    ],
    [
      'that is a Parallel without branches',
      { Type: 'Parallel', Branches: [], End: true },
      'at least one branch',
    ],
    ['that is a Map without processor', { Type: 'Map', End: true }, 'ItemProcessor is missing'],
    [
      'that batches INLINE',
      { Type: 'Map', ItemBatcher: {}, ItemProcessor: { StartAt: 'A', States: { A: end } }, End: true },
      'ItemBatcher needs "Mode": "DISTRIBUTED"',
    ],
    [
      'that reads Parquet',
      distributed({ ItemReader: { Resource: get, ReaderConfig: { InputType: 'PARQUET' } } }),
      'InputType "PARQUET" is not read here',
    ],
    [
      'that reads from elsewhere',
      distributed({ ItemReader: { Resource: 'arn:aws:states:::dynamodb:getItem' } }),
      'the Resource of ItemReader must be arn:aws:states:::s3:getObject',
    ],
    [
      'that reads CSV without saying where its header is',
      distributed({ ItemReader: { Resource: get, ReaderConfig: { InputType: 'CSV' } } }),
      'InputType "CSV" needs a CSVHeaderLocation',
    ],
    [
      'that gives no header',
      distributed({
        ItemReader: { Resource: get, ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'GIVEN' } },
      }),
      'needs CSVHeaders, an array of names',
    ],
    [
      'that points into CSV',
      distributed({
        ItemReader: {
          Resource: get,
          ReaderConfig: { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW', ItemsPointer: '/a' },
        },
      }),
      'ReaderConfig.ItemsPointer needs "InputType": "JSON"',
    ],
    [
      'that flattens one object',
      distributed({
        ItemReader: {
          Resource: get,
          ReaderConfig: { InputType: 'JSON', Transformation: 'LOAD_AND_FLATTEN' },
        },
      }),
      'needs s3:listObjectsV2',
    ],
    [
      'that reads a manifest of Athena without saying of what',
      distributed({ ItemReader: { Resource: get, ReaderConfig: { ManifestType: 'ATHENA_DATA' } } }),
      'needs the InputType of the data',
    ],
    [
      'that batches without a size',
      distributed({ ItemBatcher: { BatchInput: {} } }),
      'ItemBatcher needs MaxItemsPerBatch',
    ],
    ['that writes nowhere', distributed({ ResultWriter: {} }), 'ResultWriter must have a Resource'],
    [
      'that writes to no bucket',
      distributed({ ResultWriter: { Resource: 'arn:aws:states:::s3:putObject' } }),
      'either both Resource and Arguments or neither',
    ],
    [
      'that transforms unheard of',
      distributed({ ResultWriter: { WriterConfig: { Transformation: 'ZIP' } } }),
      'it must be one of NONE, COMPACT, FLATTEN',
    ],
    [
      'of a Map of an unknown mode',
      {
        Type: 'Map',
        ItemProcessor: { ProcessorConfig: { Mode: 'FAR' }, StartAt: 'A', States: { A: end } },
        End: true,
      },
      'ProcessorConfig.Mode is "FAR"',
    ],
    [
      'with a field in a retrier that there is not',
      { Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['E'], Backoff: 2 }], End: true },
      'Retry[0]: there is no field Backoff',
    ],
    [
      'with jitter that there is not',
      { Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['E'], JitterStrategy: 'HALF' }], End: true },
      'Retry[0]: JitterStrategy must be FULL or NONE',
    ],
    [
      'whose longest delay is no longer than the first',
      { Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: ['E'], MaxDelaySeconds: 1 }], End: true },
      'Retry[0]: MaxDelaySeconds must be',
    ],
    [
      'whose branch has a field that there is not',
      { Type: 'Parallel', Branches: [{ StartAt: 'A', States: { A: end }, Output: 1 }], End: true },
      'Branches[0]: there is no field Output',
    ],
    [
      'that retries nothing',
      { Type: 'Task', Resource: 'r', Retry: [{ ErrorEquals: [] }], End: true },
      'Retry[0] needs ErrorEquals',
    ],
    [
      'whose States.ALL is not last',
      {
        Type: 'Task',
        Resource: 'r',
        Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }],
        End: true,
      },
      'Retry[0]: States.ALL must stand alone',
    ],
    ['that assigns $states', { ...end, Assign: { states: 1 } }, '$states is reserved'],
    ['that assigns what is no name', { ...end, Assign: { 'a b': 1 } }, "'a b' is no name"],
    [
      'with half an expression',
      { ...end, Output: { a: '{% $x' } },
      'starts as an expression and does not end with %}',
    ],
    [
      'whose expression is not JSONata',
      { ...end, Output: { a: '{% 1 + %}' } },
      "Output/a: '1 +' is not JSONata: S0207",
    ],
    [
      'whose expression is too deep to parse',
      { ...end, Output: `{% ${'('.repeat(50_000)} %}` },
      'is not JSONata',
    ],
  ])('with a state %s', (_, state, message) => {
    expect(of(state)).toContainEqual({ state: 'A', message: expect.stringContaining(message) })
  })

  test('with every problem at once, each by the path of its state', () => {
    const inner = { StartAt: 'X', States: { B: { Type: 'Pass' } } }
    const found = of(
      { Type: 'Parallel', Branches: [inner], End: true },
      { M: { Type: 'Map', ItemProcessor: inner, End: true } },
    )
    expect(found.map(({ state }) => state)).toEqual(['A{0}', 'A{0}/B', 'M', 'M/B'])
  })
})

describe('JSONPath is refused by name, with the way of JSONata', () => {
  const t = { Type: 'Task', Resource: 'r', End: true }
  const inner = { StartAt: 'A', States: { A: end } }
  test.each([
    ['Parameters of a Task', { ...t, Parameters: {} }, 'Parameters', 'write "Arguments"'],
    ['Parameters of a Pass', { ...end, Parameters: {} }, 'Parameters', 'write "Output"'],
    [
      'Parameters of a Map',
      { Type: 'Map', ItemProcessor: inner, Parameters: {}, End: true },
      'Parameters',
      'write "ItemSelector"',
    ],
    ['InputPath', { ...t, InputPath: '$.a' }, 'InputPath', '{% $states.input.part %}'],
    ['OutputPath', { ...t, OutputPath: '$.a' }, 'OutputPath', 'write "Output"'],
    ['ResultPath', { ...t, ResultPath: '$.a' }, 'ResultPath', '$merge'],
    ['ResultSelector', { ...t, ResultSelector: {} }, 'ResultSelector', 'write "Output"'],
    ['Result', { ...end, Result: 1 }, 'Result', 'write "Output"'],
    [
      'ItemsPath',
      { Type: 'Map', ItemProcessor: inner, ItemsPath: '$.a', End: true },
      'ItemsPath',
      'write "Items"',
    ],
    ['Iterator', { Type: 'Map', Iterator: inner, End: true }, 'Iterator', 'write "ItemProcessor"'],
    [
      'TimeoutSecondsPath',
      { ...t, TimeoutSecondsPath: '$.t' },
      'TimeoutSecondsPath',
      'write "TimeoutSeconds": "{% $states.input.part %}"',
    ],
    [
      'HeartbeatSecondsPath',
      { ...t, HeartbeatSecondsPath: '$.t' },
      'HeartbeatSecondsPath',
      'write "HeartbeatSeconds"',
    ],
    ['SecondsPath', { Type: 'Wait', SecondsPath: '$.t', End: true }, 'SecondsPath', 'write "Seconds"'],
    [
      'TimestampPath',
      { Type: 'Wait', TimestampPath: '$.t', End: true },
      'TimestampPath',
      'write "Timestamp"',
    ],
    ['ErrorPath', { Type: 'Fail', ErrorPath: '$.e' }, 'ErrorPath', 'write "Error"'],
    ['CausePath', { Type: 'Fail', CausePath: '$.e' }, 'CausePath', 'write "Cause"'],
    [
      'MaxConcurrencyPath',
      distributed({ MaxConcurrencyPath: '$.n' }),
      'MaxConcurrencyPath',
      'write "MaxConcurrency"',
    ],
    [
      'ToleratedFailureCountPath',
      distributed({ ToleratedFailureCountPath: '$.n' }),
      'ToleratedFailureCountPath',
      'write "ToleratedFailureCount"',
    ],
    [
      'ToleratedFailurePercentagePath',
      distributed({ ToleratedFailurePercentagePath: '$.n' }),
      'ToleratedFailurePercentagePath',
      'write "ToleratedFailurePercentage"',
    ],
    [
      'a path in a reader',
      distributed({ ItemReader: { Resource: get, ReaderConfig: { MaxItemsPath: '$.n' } } }),
      'MaxItemsPath',
      'write "MaxItems"',
    ],
    [
      'Parameters of a reader',
      distributed({ ItemReader: { Resource: get, Parameters: {} } }),
      'Parameters',
      'write "Arguments"',
    ],
    [
      'a path in a batcher',
      distributed({ ItemBatcher: { MaxItemsPerBatchPath: '$.n' } }),
      'MaxItemsPerBatchPath',
      'write "MaxItemsPerBatch"',
    ],
    [
      'a catcher that puts its error somewhere',
      { ...t, Catch: [{ ErrorEquals: ['E'], Next: 'A', ResultPath: '$.e' }] },
      'ResultPath',
      '$merge',
    ],
    [
      'a rule with a variable',
      { Type: 'Choice', Choices: [{ Variable: '$.a', StringEquals: 'x', Next: 'A' }] },
      'StringEquals',
      'write "Condition"',
    ],
    [
      'a key that is a path of the input',
      { ...t, Arguments: { a: { 'b.$': '$.c.d' } } },
      "the key 'b.$'",
      'write "b": "{% $states.input.c.d %}"',
    ],
    [
      'a key that is a path of the context',
      { ...t, Arguments: { 'b.$': '$$.Execution.Id' } },
      "the key 'b.$'",
      '{% $states.context.Execution.Id %}',
    ],
    [
      'a key that is a function',
      { ...end, Output: { 'b.$': "States.Format('{}', $.a)" } },
      'States.Format',
      'join texts with &',
    ],
    [
      'a function in an expression',
      { ...end, Output: '{% States.ArrayLength($states.input) %}' },
      'States.ArrayLength',
      'use $count',
    ],
  ])('%s', (_, state, name, way) => {
    const said = of(state).map(({ message }) => message)
    expect(said).toContainEqual(expect.stringContaining(`${name} belongs to JSONPath`))
    expect(said.filter(message => message.includes(name)).join('\n')).toContain(way)
  })

  test('a machine in JSONPath says the way for each of its fields', () => {
    const machine = {
      StartAt: 'A',
      States: { A: { Type: 'Task', Resource: 'r', ResultPath: '$.r', TimeoutSecondsPath: '$.t', End: true } },
    }
    expect(problems(machine).map(({ message }) => message)).toEqual([
      expect.stringContaining('its query language is JSONPath'),
      expect.stringContaining('ResultPath belongs to JSONPath'),
      expect.stringContaining('TimeoutSecondsPath belongs to JSONPath'),
    ])
  })

  test('but a text that only looks like it is a text', () => {
    const said = of({
      ...end,
      Output: { a: '$.b', b: "States.Format('x')", c: '{% "States.Format(1)" %}' },
    })
    expect(said).toEqual([])
  })
})

test('an unknown field of the machine is refused', () => {
  expect(problems({ QueryLanguage: 'JSONata', StartAt: 'A', States: { A: end }, Timeout: 5 })).toContainEqual(
    { state: '', message: expect.stringContaining('there is no field Timeout') },
  )
})

test('JSONata may be declared a state at a time', () => {
  expect(problems({ StartAt: 'A', States: { A: { ...end, QueryLanguage: 'JSONata' } } })).toEqual([])
})

test('a machine is prepared once, and what becomes of it later changes nothing', async () => {
  const machine = {
    QueryLanguage: 'JSONata',
    StartAt: 'A',
    States: { A: { Type: 'Pass', Output: { v: 1 } as { v: number }, End: true } },
  } as const
  const run = () => execute({ machine, input: null, invoke: () => null }).result()
  expect(await run()).toMatchObject({ output: { v: 1 } })
  machine.States.A.Output.v = 2
  expect(await run()).toMatchObject({ output: { v: 1 } })
})
