import type { StateType } from '../core/asl.ts'

type Fields = Readonly<Record<string, unknown>>

/** The fields that each state may have besides Type, Comment and QueryLanguage. */
const allowed: { readonly [T in StateType]: readonly string[] } = {
  Task: [
    'Next',
    'End',
    'Resource',
    'Arguments',
    'Output',
    'Assign',
    'TimeoutSeconds',
    'HeartbeatSeconds',
    'Retry',
    'Catch',
    'Credentials',
  ],
  Pass: ['Next', 'End', 'Output', 'Assign'],
  Choice: ['Choices', 'Default', 'Output', 'Assign'],
  Wait: ['Next', 'End', 'Seconds', 'Timestamp', 'Output', 'Assign'],
  Parallel: ['Next', 'End', 'Branches', 'Arguments', 'Output', 'Assign', 'Retry', 'Catch'],
  Map: [
    'Next',
    'End',
    'Items',
    'ItemProcessor',
    'ItemSelector',
    'ItemReader',
    'ItemBatcher',
    'ResultWriter',
    'MaxConcurrency',
    'ToleratedFailurePercentage',
    'ToleratedFailureCount',
    'Label',
    'Output',
    'Assign',
    'Retry',
    'Catch',
  ],
  Succeed: ['Output'],
  Fail: ['Error', 'Cause'],
}

/** Fields of JSONPath, which mean nothing here: a machine that has them was written for the other language. */
const jsonPath = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'Parameters',
  'ResultSelector',
  'ItemsPath',
  'Result',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'ErrorPath',
  'CausePath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'Iterator',
])

/** What is wrong with a state by itself. */
export function* checkFields(state: Fields): Generator<string> {
  const type = state.Type
  if (typeof type !== 'string' || !Object.hasOwn(allowed, type)) {
    yield `its Type is ${JSON.stringify(type)}; it must be one of ${Object.keys(allowed).join(', ')}`
    return
  }
  const fields: readonly string[] = ['Type', 'Comment', 'QueryLanguage', ...allowed[type as StateType]]
  for (const field of Object.keys(state)) {
    if (jsonPath.has(field)) yield `${field} belongs to JSONPath, and only JSONata is executed`
    else if (!fields.includes(field)) yield `a ${type} state has no field ${field}`
  }
  yield* checkLeading(type as StateType, state)
  yield* required[type as StateType]?.(state) ?? []
  yield* checkRetries(state)
  yield* checkVariables(state)
  yield* checkExpressions(state)
}

function* checkLeading(type: StateType, state: Fields): Generator<string> {
  if (type === 'Choice' || type === 'Succeed' || type === 'Fail') return
  if ((state.Next === undefined) === (state.End !== true)) yield 'it must have either a Next or "End": true'
}

const required: { readonly [T in StateType]?: (state: Fields) => Iterable<string> } = {
  *Task(state) {
    if (typeof state.Resource !== 'string') yield 'Resource is missing: it names what the Task calls'
    const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state
    if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
      yield 'HeartbeatSeconds must be smaller than TimeoutSeconds'
    }
  },
  *Choice({ Choices: choices }) {
    if (!Array.isArray(choices) || choices.length === 0) yield 'Choices must have at least one rule'
    else if (!choices.every(rule => isRecord(rule) && 'Condition' in rule))
      yield 'each of Choices needs a Condition; rules with Variable are JSONPath'
  },
  *Wait({ Seconds: seconds, Timestamp: timestamp }) {
    if ((seconds === undefined) === (timestamp === undefined))
      yield 'it must have either Seconds or a Timestamp'
  },
  *Parallel({ Branches: branches }) {
    if (!Array.isArray(branches) || branches.length === 0) yield 'Branches must have at least one branch'
  },
  *Map(state) {
    if (!isRecord(state.ItemProcessor)) yield 'ItemProcessor is missing: it holds the states of an iteration'
    if (state.Items !== undefined && state.ItemReader !== undefined)
      yield 'it must have either Items or an ItemReader'
    yield* checkStores(state)
    const config = isRecord(state.ItemProcessor) ? state.ItemProcessor.ProcessorConfig : undefined
    if (isRecord(config) && config.Mode === 'DISTRIBUTED') return
    for (const field of ['ItemReader', 'ItemBatcher']) {
      if (state[field] !== undefined) yield `${field} needs "Mode": "DISTRIBUTED" in its ProcessorConfig`
    }
  },
}

/** Parts of the language that are not executed are refused, since to leave them out would be to misread them. */
function* checkStores({ ItemReader: reader, ResultWriter: writer }: Fields): Generator<string> {
  if (writer !== undefined) yield 'ResultWriter is not executed here; the results are the output of the Map'
  const config = isRecord(reader) ? reader.ReaderConfig : undefined
  if (!isRecord(config)) return
  if (!['JSON', 'JSONL', undefined].includes(config.InputType as string | undefined)) {
    yield `InputType ${JSON.stringify(config.InputType)} is not read here; use JSON or JSONL`
  }
  for (const field of Object.keys(config)) {
    if (field !== 'InputType' && field !== 'MaxItems') yield `ReaderConfig.${field} is not read here`
  }
}

function* checkRetries(state: Fields): Generator<string> {
  for (const field of ['Retry', 'Catch']) {
    const list = state[field]
    if (list === undefined) continue
    if (!Array.isArray(list)) {
      yield `${field} must be an array`
      continue
    }
    for (const [index, item] of list.entries()) {
      const errors = isRecord(item) ? item.ErrorEquals : undefined
      if (!Array.isArray(errors) || errors.length === 0) yield `${field}[${index}] needs ErrorEquals`
      else if (errors.includes('States.ALL') && (errors.length > 1 || index < list.length - 1)) {
        yield `${field}[${index}]: States.ALL must stand alone, in the last of ${field}`
      }
    }
  }
}

/** Variables become JSONata's: a name, and not the reserved one. */
function* checkVariables(state: Fields): Generator<string> {
  const holders = [
    state,
    ...['Choices', 'Catch'].flatMap(field => (Array.isArray(state[field]) ? state[field] : [])),
  ]
  for (const holder of holders) {
    const assign = isRecord(holder) ? holder.Assign : undefined
    if (assign === undefined) continue
    if (!isRecord(assign)) {
      yield 'Assign must be an object of names and values'
      continue
    }
    for (const name of Object.keys(assign)) {
      if (name === 'states') yield 'the variable $states is reserved'
      else if (!/^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u.test(name))
        yield `'${name}' is no name for a variable`
    }
  }
}

/** A string that starts as an expression and does not end as one is refused by AWS, and never meant. */
function* checkExpressions(state: Fields): Generator<string> {
  const left: unknown[] = Object.entries(state).flatMap(([field, value]) =>
    field === 'Branches' || field === 'ItemProcessor' || field === 'Comment' ? [] : [value],
  )
  while (left.length > 0) {
    const value = left.pop()
    if (typeof value === 'string' && value.startsWith('{%') && !value.endsWith('%}'))
      yield `${JSON.stringify(value)} starts as an expression and does not end with %}`
    else if (typeof value === 'object' && value !== null) left.push(...Object.values(value))
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
