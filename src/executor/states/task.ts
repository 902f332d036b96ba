import type { TaskState } from '../../core/asl.ts'
import { attempt } from '../attempt.ts'
import { prepareConclusion } from '../conclusion.ts'
import type { Act } from '../prepared.ts'
import { parseResource } from '../resource.ts'
import { prepareTemplate } from '../template.ts'
import { prepareTyped, type TypedField } from '../typed-field.ts'

export function prepareTask(state: TaskState): Act {
  const resource = parseResource(state.Resource)
  const args = state.Arguments === undefined ? undefined : prepareTemplate(state.Arguments, 'Arguments')
  const timeout = seconds(state.TimeoutSeconds, 'TimeoutSeconds')
  const heartbeat = seconds(state.HeartbeatSeconds, 'HeartbeatSeconds')
  const conclude = prepareConclusion(state)

  return async visit => {
    // The token is part of the context object, so it must be there before the arguments are made.
    visit.token = resource.waitsForToken ? visit.frame.run.tokens.issue() : undefined
    const scene = visit.scene()
    const given = args === undefined ? visit.input : await args(scene)
    const result = await attempt(visit, {
      resource,
      arguments: visit.limit(given, resource.arn),
      timeout: timeout === undefined ? undefined : await timeout(scene),
      heartbeat: heartbeat === undefined ? undefined : await heartbeat(scene),
    })
    return conclude(visit, { result }, result)
  }
}

function seconds(field: number | string | undefined, name: string): TypedField<number> | undefined {
  return field === undefined ? undefined : prepareTyped(field, name, 'integer')
}
