import type { StateType } from '../core/asl.ts'
import { isRecord } from '../core/json.ts'
import { checkPaths, refuseField } from './validate-jsonpath.ts'
import { checkMap } from './validate-map.ts'
import { checkParts, checkRetriers } from './validate-parts.ts'

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

/** What is wrong with a state by itself. */
export function* checkFields(state: Fields): Generator<string> {
  const type = state.Type
  if (typeof type !== 'string' || !Object.hasOwn(allowed, type)) {
    yield `its Type is ${JSON.stringify(type)}; it must be one of ${Object.keys(allowed).join(', ')}`
    return
  }
  const fields: readonly string[] = ['Type', 'Comment', 'QueryLanguage', ...allowed[type as StateType]]
  for (const field of Object.keys(state)) {
    if (!fields.includes(field)) yield refuseField(field, type) ?? `a ${type} state has no field ${field}`
  }
  yield* checkLeading(type as StateType, state)
  yield* required[type as StateType]?.(state) ?? []
  yield* checkParts(state)
  yield* checkRetries(state)
  yield* checkRetriers(state)
  yield* checkVariables(state)
  yield* checkExpressions(state)
  yield* checkPaths(state)
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
  Map: checkMap,
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
