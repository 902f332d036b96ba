import type { ChoiceState } from '../../core/asl.ts'
import { prepareConclusion } from '../conclusion.ts'
import { ErrorName, StateFailure } from '../errors.ts'
import type { Act } from '../prepared.ts'
import { prepareTyped } from '../typed-field.ts'

/** The first rule whose condition is true leads on, with its own Assign and Output; the state's are Default's. */
export function prepareChoice(state: ChoiceState): Act {
  const rules = state.Choices.map((rule, index) => ({
    holds: prepareTyped(rule.Condition, `Choices[${index}]/Condition`, 'boolean'),
    conclude: prepareConclusion(rule, `Choices[${index}]/`),
  }))
  const otherwise =
    state.Default === undefined ? undefined : prepareConclusion({ ...pickOutput(state), Next: state.Default })

  return async visit => {
    const scene = visit.scene()
    for (const rule of rules) {
      if (await rule.holds(scene)) return rule.conclude(visit, {}, visit.input)
    }
    if (otherwise !== undefined) return otherwise(visit, {}, visit.input)
    throw new StateFailure({
      error: ErrorName.noChoice,
      cause: visit.explain(
        'Failed to transition out of the state. The state does not point to a next state.',
      ),
    })
  }
}

function pickOutput({ Output, Assign }: ChoiceState): Pick<ChoiceState, 'Output' | 'Assign'> {
  return { ...(Output === undefined ? {} : { Output }), ...(Assign === undefined ? {} : { Assign }) }
}
