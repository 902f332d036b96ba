import type { TaskState } from '../../core/asl.ts'
import type { Json } from '../../core/json.ts'
import { type AttemptOptions, attempt } from '../attempt.ts'
import { prepareConclusion } from '../conclusion.ts'
import { detailsOf } from '../journal.ts'
import type { Act } from '../prepared.ts'
import { parseResource, type Resource } from '../resource.ts'
import { prepareTemplate } from '../template.ts'
import { prepareTyped, type TypedField } from '../typed-field.ts'
import type { Visit } from '../visit.ts'

export function prepareTask(state: TaskState): Act {
  const resource = parseResource(state.Resource)
  const args = state.Arguments === undefined ? undefined : prepareTemplate(state.Arguments, 'Arguments')
  const timeout = seconds(state.TimeoutSeconds, 'TimeoutSeconds')
  const heartbeat = seconds(state.HeartbeatSeconds, 'HeartbeatSeconds')
  const conclude = prepareConclusion(state)

  return async visit => {
    // The token is part of the context object, so it must be there before the arguments are made.
    visit.token = resource.waitsForToken ? visit.secret('token') : undefined
    let options = rescheduled(visit, resource)
    if (options === undefined) {
      const scene = visit.scene()
      const data = args === undefined ? visit.input : await args(scene)
      options = {
        resource,
        arguments: visit.limit(data, resource.arn),
        timeout: timeout === undefined ? undefined : await timeout(scene),
        heartbeat: heartbeat === undefined ? undefined : await heartbeat(scene),
        scheduledAt: undefined,
      }
    }
    const result = await attempt(visit, options)
    visit.begun()
    return conclude(visit, { result }, result)
  }
}

function seconds(field: number | string | undefined, name: string): TypedField<number> | undefined {
  return field === undefined ? undefined : prepareTyped(field, name, 'integer')
}

/** An attempt that was scheduled before a crash keeps what it was scheduled with. */
function rescheduled(visit: Visit, resource: Resource): AttemptOptions | undefined {
  const event = visit.past?.next?.event
  if (event === undefined || !event.type.endsWith('Scheduled')) return undefined
  const { parameters, input, timeoutInSeconds, heartbeatInSeconds } = detailsOf(event)
  return {
    resource,
    arguments: JSON.parse((parameters ?? input) as string) as Json,
    timeout: timeoutInSeconds as number | undefined,
    heartbeat: heartbeatInSeconds as number | undefined,
    scheduledAt: Date.parse(event.timestamp),
  }
}
