import type { Json } from '../core/json.ts'

/** `$states.context`, as AWS gives it. */
export interface ContextObject {
  readonly [key: string]: Json
  readonly Execution: {
    readonly Id: string
    readonly Input: Json
    readonly Name: string
    readonly RoleArn: string
    readonly StartTime: string
    readonly RedriveCount: number
  }
  readonly State: { readonly EnteredTime: string; readonly Name: string; readonly RetryCount: number }
  readonly StateMachine: { readonly Id: string; readonly Name: string }
}
