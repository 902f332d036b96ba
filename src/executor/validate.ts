import { isRecord } from '../core/json.ts'
import type { MachineProblem } from './errors.ts'
import { checkFields } from './validate-fields.ts'
import { refuseField } from './validate-jsonpath.ts'
import { unknownFields } from './validate-parts.ts'

const graphFields = ['Comment', 'StartAt', 'States']
const machineFields = [...graphFields, 'QueryLanguage', 'Version', 'TimeoutSeconds']

/**
 * Looks a machine over before anything of it runs. What comes in is not trusted to be what its type says, since
 * people paste machines; what comes out says everything that is wrong, each with its state.
 */
export function validate(machine: unknown): readonly MachineProblem[] {
  const problems: MachineProblem[] = []
  if (!isRecord(machine))
    return [{ state: '', message: 'a state machine is an object with StartAt and States' }]
  for (const message of unknownFields(machine, machineFields, 'the state machine'))
    problems.push({ state: '', message })
  const language = machine.QueryLanguage
  // AWS also takes JSONata a state at a time; what is neither is JSONPath, which we would misread.
  checkGraph(machine, '', language === undefined ? 'JSONPath' : language, problems)
  return problems
}

function checkGraph(
  graph: Readonly<Record<string, unknown>>,
  path: string,
  language: unknown,
  problems: MachineProblem[],
): void {
  const report = (state: string, message: string) => problems.push({ state, message })
  const states = graph.States
  if (!isRecord(states) || Object.keys(states).length === 0) {
    report(path, 'States must be an object with at least one state')
    return
  }
  if (typeof graph.StartAt !== 'string') report(path, 'StartAt is missing: it names the first state')
  else if (!Object.hasOwn(states, graph.StartAt))
    report(path, `StartAt names '${graph.StartAt}', which is not there`)

  for (const [name, state] of Object.entries(states)) {
    const here = path === '' ? name : `${path}/${name}`
    if (name.length > 80) report(here, 'a name has at most 80 characters')
    if (!isRecord(state)) report(here, 'a state is an object')
    else checkState(state, here, language, states, problems)
  }
}

function checkState(
  state: Readonly<Record<string, unknown>>,
  path: string,
  inherited: unknown,
  siblings: Readonly<Record<string, unknown>>,
  problems: MachineProblem[],
): void {
  const language = state.QueryLanguage ?? inherited
  if (language !== 'JSONata') {
    problems.push({
      state: path,
      message: `its query language is ${String(language)}, and only JSONata is executed; say "QueryLanguage": "JSONata" and write its fields as {% … %}`,
    })
    for (const field of Object.keys(state)) {
      const message = refuseField(field, state.Type)
      if (message !== undefined) problems.push({ state: path, message })
    }
    return
  }
  for (const message of checkFields(state)) problems.push({ state: path, message })
  for (const target of targetsOf(state)) {
    if (typeof target !== 'string' || !Object.hasOwn(siblings, target)) {
      problems.push({ state: path, message: `it leads to '${String(target)}', which is not there` })
    }
  }
  const branches = Array.isArray(state.Branches) ? state.Branches : []
  for (const [index, branch] of branches.entries()) {
    if (isRecord(branch)) {
      checkFieldsOf(branch, graphFields, `Branches[${index}]`, path, problems)
      checkGraph(branch, `${path}{${index}}`, language, problems)
    } else problems.push({ state: path, message: `Branches[${index}] must be an object` })
  }
  if (isRecord(state.ItemProcessor)) {
    checkFieldsOf(state.ItemProcessor, [...graphFields, 'ProcessorConfig'], 'ItemProcessor', path, problems)
    checkGraph(state.ItemProcessor, path, language, problems)
  }
}

function checkFieldsOf(
  fields: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
  state: string,
  problems: MachineProblem[],
): void {
  for (const message of unknownFields(fields, known, where)) problems.push({ state, message })
}

function targetsOf(state: Readonly<Record<string, unknown>>): unknown[] {
  const listed = ['Choices', 'Catch'].flatMap(field => (Array.isArray(state[field]) ? state[field] : []))
  const targets = listed.map(item => (isRecord(item) ? item.Next : item))
  if (state.Next !== undefined) targets.push(state.Next)
  if (state.Default !== undefined) targets.push(state.Default)
  return targets
}
