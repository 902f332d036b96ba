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
    ['that writes its results', distributed({ ResultWriter: {} }), 'ResultWriter is not executed here'],
    [
      'that reads CSV',
      distributed({ ItemReader: { Resource: 'r', ReaderConfig: { InputType: 'CSV' } } }),
      'InputType "CSV" is not read here',
    ],
    [
      'that reads a part',
      distributed({ ItemReader: { Resource: 'r', ReaderConfig: { ItemsPointer: '/a' } } }),
      'ReaderConfig.ItemsPointer is not read here',
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
