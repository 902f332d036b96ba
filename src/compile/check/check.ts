import type { State, StateMachine } from '../../core/asl.ts'
import { longestName } from '../graph.ts'
import { checkEval, checkResult, type Parsed, parseExpressions, type Trees } from './expressions.ts'
import { CompileRefusal } from './refusal.ts'
import { checkCatchAll, checkDelays, checkHeartbeat } from './retries.ts'
import { checkVariables } from './variables.ts'
import { walk } from './walk.ts'

const largestDefinition = 1024 * 1024

/**
 * Refuses what no schema checker sees: each refusal is a `CompileRefusal` with a code and the name of the state.
 *
 * @example
 * check({ QueryLanguage: 'JSONata', StartAt: 'a', States: { a: { Type: 'Pass', Output: '{% $b %}', End: true } } })
 * // CompileRefusal: a: Output reads $b, which no state before it assigns [undefined-variable]
 */
export function check(machine: StateMachine): void {
  const expressions = new Map<State, readonly Parsed[]>()
  const trees: Trees = new Map()
  for (const { name, state } of walk(machine)) {
    checkName(name)
    checkCatchAll(name, state)
    checkDelays(name, state)
    checkHeartbeat(name, state)
    const parsed = parseExpressions(name, state, trees)
    checkEval(name, parsed)
    checkResult(name, parsed)
    expressions.set(state, parsed)
  }
  checkVariables(machine, expressions, new Set())
  checkSize(machine)
}

function checkName(name: string): void {
  if (name.length > longestName) {
    throw new CompileRefusal(
      'name-too-long',
      name,
      `a state's name has at most ${longestName} characters, this one ${name.length}; give a shorter one with named(…)`,
    )
  }
  if (name.trim() !== '' && !/\p{Cc}|\$\{|\{%/u.test(name)) return
  throw new CompileRefusal(
    'invalid-name',
    name,
    "a state's name holds something to read, no control character, and neither '$' before '{' nor '{' before '%', which would be read as code; give another one with named(…)",
  )
}

function checkSize(machine: StateMachine): void {
  const bytes = Buffer.byteLength(JSON.stringify(machine))
  if (bytes <= largestDefinition) return
  throw new CompileRefusal(
    'definition-too-large',
    machine.StartAt,
    `the machine is ${bytes} bytes and AWS takes ${largestDefinition}; move large literals into the input or a file`,
  )
}
