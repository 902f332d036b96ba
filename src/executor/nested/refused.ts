import { ReopsError } from '../../core/errors.ts'
import { TaskError } from '../errors.ts'

/** Why StartExecution refuses, in AWS's own names. */
export type RefusalCode =
  | 'StateMachineDoesNotExist'
  | 'ExecutionAlreadyExists'
  | 'ExecutionLimitExceeded'
  | 'InvalidExecutionInput'
  | 'InvalidName'
  | 'InvalidArn'

/** An execution that is not started. The Task that asked fails with `StepFunctions.<code>Exception`. */
export class StartRefused extends ReopsError {
  override readonly name = 'StartRefused'
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string) {
    super(message, { detail: { code } })
    this.code = code
  }
}

/** The failure of the Task that asked, in the form that AWS gives to its services' errors. */
export function refusal({ code, message }: StartRefused): TaskError {
  return new TaskError(
    `StepFunctions.${code}Exception`,
    `${message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${code}; Request ID: local; Proxy: null)`,
  )
}
