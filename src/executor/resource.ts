import type { Json } from '../core/json.ts'
import type { Details } from './events.ts'

/** What a Task's Resource says about how its events are told and whether it waits for a token. */
export interface Resource {
  readonly arn: string
  readonly waitsForToken: boolean
  /** Prefix of its events: a function named by its own ARN is told in Lambda's events. */
  readonly events: 'Task' | 'LambdaFunction'
  /** `lambda` and `invoke` of `arn:aws:states:::lambda:invoke`; absent for a function's ARN. */
  readonly service?: { readonly resourceType: string; readonly resource: string }
}

const tokenSuffix = '.waitForTaskToken'

export function parseResource(arn: string): Resource {
  const waitsForToken = arn.endsWith(tokenSuffix)
  const parts = arn.split(':')
  if (parts[2] === 'lambda') return { arn, waitsForToken, events: 'LambdaFunction' }
  // The version of a pattern belongs to what is called: `startExecution.sync:2`.
  const called = /^\d+$/.test(parts.at(-1) ?? '') && parts.length > 7 ? -2 : -1
  const resource = parts.slice(called).join(':')
  const resourceType = parts.slice(5, called).join(':') || (parts[2] ?? '')
  return { arn, waitsForToken, events: 'Task', service: { resourceType, resource } }
}

/** What the Scheduled event says. */
export function scheduledDetails(
  { arn, service }: Resource,
  input: Json,
  timeout: number | undefined,
  heartbeat: number | undefined,
): Details {
  const times = {
    ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
    ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
  }
  return service === undefined
    ? { input: JSON.stringify(input), inputDetails: { truncated: false }, resource: arn, ...times }
    : { parameters: JSON.stringify(input), region: 'local', ...service, ...times }
}
