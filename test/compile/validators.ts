import aslValidator from 'asl-validator'
import { graphsIn, walk } from '../../src/compile/check/walk.ts'
import type { StateMachine } from '../../src/core/asl.ts'
import { validate } from '../../src/executor/validate.ts'

/** Everything that asl-validator, the executor and AWS's own rules have against a machine. */
export function problemsOf(machine: StateMachine): string[] {
  const deployed = JSON.parse(
    // A deployment fills in the functions' ARNs.
    JSON.stringify(machine).replaceAll(
      /\$\{(\w+Function)\}/g,
      'arn:aws:lambda:eu-west-1:000000000000:function:$1',
    ),
  )
  const { isValid, errorsText } = aslValidator(deployed, { checkPaths: false, checkArn: true })
  return [
    ...(isValid ? [] : [`asl-validator: ${errorsText()}`]),
    ...validate(deployed).map(({ state, message }) => `executor: ${state}: ${message}`),
    ...ownRules(machine),
  ]
}

/** What AWS says in its documentation and no schema checks. */
function* ownRules(machine: StateMachine): Generator<string> {
  const seen = new Set<string>()
  for (const { name, state, graph } of walk(machine)) {
    if (seen.has(name)) yield `${name} stands twice`
    seen.add(name)
    if (state.Type === 'Choice' && ('End' in state || 'Next' in state)) yield `${name}: a Choice has no End`
    if ((state.Type === 'Succeed' || state.Type === 'Fail') && ('End' in state || 'Next' in state))
      yield `${name}: leads on and is the end`
    if (!['Choice', 'Succeed', 'Fail'].includes(state.Type) && 'Next' in state === 'End' in state)
      yield `${name}: has one of Next and End`
    if (state.Type === 'Map' && state.ItemProcessor.ProcessorConfig?.Mode === 'INLINE') {
      if (Number(state.MaxConcurrency) > 40) yield `${name}: an inline Map does 40 at once`
    }
    if ('Retry' in state)
      for (const { MaxDelaySeconds = 1 } of state.Retry ?? [])
        if (MaxDelaySeconds > 31_622_400) yield `${name}: MaxDelaySeconds is above a year`
    if (!reachable(graph).has(name)) yield `${name} can't be reached`
    for (const inner of graphsIn(state))
      for (const variable of assignedIn(inner))
        if (assignedHere(graph).has(variable)) yield `${name}: $${variable} is assigned outside of it as well`
    for (const inner of graphsIn(state)) if (!inner.States[inner.StartAt]) yield `${name}: no start`
  }
}

type Graph = { readonly StartAt: string; readonly States: Readonly<Record<string, object>> }

function assignedHere({ States }: Graph): Set<string> {
  return new Set(
    Object.values(States as Record<string, any>).flatMap(({ Assign = {}, Catch = [], Choices = [] }) =>
      [Assign, ...[...Catch, ...Choices].map((one: any) => one.Assign ?? {})].flatMap(Object.keys),
    ),
  )
}

function assignedIn(graph: Graph): string[] {
  const inner = Object.values(graph.States).flatMap(state => graphsIn(state as never))
  return [...assignedHere(graph), ...inner.flatMap(assignedIn)]
}

function reachable(graph: Graph): Set<string> {
  const found = new Set<string>()
  const queue = [graph.StartAt]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue
    found.add(name)
    const { Next, Default, Catch = [], Choices = [] } = graph.States[name] as Record<string, any>
    for (const next of [Next, Default, ...[...Catch, ...Choices].map((one: any) => one.Next)])
      if (next) queue.push(next)
  }
  return found
}
