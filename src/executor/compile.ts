import type { State, StateMachine, StateType, TaskState } from '../core/asl.ts'
import { prepareConclusion } from './conclusion.ts'
import { MachineError } from './errors.ts'
import { QueryError } from './jsonata.ts'
import type { Act, PreparedGraph, PreparedState, PrepareGraph } from './prepared.ts'
import { prepareChoice } from './states/choice.ts'
import { prepareFail } from './states/fail.ts'
import { prepareMap } from './states/map.ts'
import { prepareParallel } from './states/parallel.ts'
import { preparePass } from './states/pass.ts'
import { prepareSucceed } from './states/succeed.ts'
import { prepareTask } from './states/task.ts'
import { prepareWait } from './states/wait.ts'
import { validate } from './validate.ts'

/** Machines that were prepared before: the same object is the same machine. */
const prepared = new WeakMap<StateMachine, PreparedGraph>()

/**
 * Checks a machine and parses all of its expressions, once a machine.
 *
 * @throws MachineError with everything that is wrong with it
 */
export function prepareMachine(machine: StateMachine): PreparedGraph {
  const before = prepared.get(machine)
  if (before !== undefined) return before
  const problems = validate(machine)
  if (problems.length > 0) throw new MachineError(problems)
  // The machine is the caller's, who may change it later; what we keep is ours.
  const graph = prepareGraph(structuredClone(machine))
  prepared.set(machine, graph)
  return graph
}

const prepareGraph: PrepareGraph = graph => {
  const states = new Map(
    Object.entries(graph.States).map(([name, state]) => [name, prepareState(name, state)]),
  )
  return { start: states.get(graph.StartAt)!, states }
}

function prepareState(name: string, state: State): PreparedState {
  const failing: Pick<TaskState, 'Retry' | 'Catch'> =
    state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map' ? state : {}
  try {
    return {
      name,
      type: state.Type,
      act: act(state),
      retriers: failing.Retry ?? [],
      catchers: (failing.Catch ?? []).map((catcher, index) => ({
        errors: catcher.ErrorEquals,
        conclude: prepareConclusion(catcher, `Catch[${index}]/`),
      })),
    }
  } catch (error) {
    if (error instanceof QueryError) throw new MachineError([{ state: name, message: error.message }])
    throw error
  }
}

type Prepare<T extends StateType> = (state: Extract<State, { Type: T }>, prepareGraph: PrepareGraph) => Act

const kinds: { readonly [T in StateType]: Prepare<T> } = {
  Task: prepareTask,
  Pass: preparePass,
  Choice: prepareChoice,
  Wait: prepareWait,
  Parallel: prepareParallel,
  Map: prepareMap,
  Succeed: prepareSucceed,
  Fail: prepareFail,
}

function act(state: State): Act {
  return (kinds[state.Type] as Prepare<StateType>)(state, prepareGraph)
}
