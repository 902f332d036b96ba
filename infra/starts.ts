import { busy } from '../src/compile/watches/calls.ts'
import type { StateMachine } from '../src/core/asl.ts'

/** What a schedule hands over to be started. */
export interface StartRequest {
  /** The ARN of the state machine. */
  readonly machine: string
  /** What the execution is called besides the time that it was due at, so that histories tell what began it. */
  readonly prefix: string
  /** When it was due, such as `2027-01-31T22:00:00Z`. */
  readonly at: string
  /** JSON. */
  readonly input: string
}

/** A name has 80 characters, and the time takes 19 of them with a dash. */
export const longestPrefix = 61

/**
 * Starts executions for schedules that leave a firing out while the execution of the time before goes on, which
 * Scheduler can't say. It looks among the hundred latest that run for one of its schedule; and since Scheduler may
 * deliver a firing twice, an execution is named by when it was due: the second one finds it taken.
 */
export const startsMachine: StateMachine = {
  Comment: 'Starts the executions of schedules, one at a time each',
  QueryLanguage: 'JSONata',
  StartAt: 'look',
  States: {
    look: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sfn:listExecutions',
      Arguments: { StateMachineArn: '{% $states.input.machine %}', StatusFilter: 'RUNNING', MaxResults: 100 },
      TimeoutSeconds: 30,
      Retry: [busy],
      Assign: {
        running:
          "{% $count($states.result.Executions[$substring(Name, 0, $length($states.input.prefix) + 1) = $states.input.prefix & '-']) %}",
      },
      Output: '{% $states.input %}',
      Next: 'is the one before over?',
    },
    'is the one before over?': {
      Type: 'Choice',
      Choices: [{ Condition: '{% $running = 0 %}', Next: 'start' }],
      Default: 'left out',
    },
    start: {
      Type: 'Task',
      Resource: 'arn:aws:states:::aws-sdk:sfn:startExecution',
      Arguments: {
        StateMachineArn: '{% $states.input.machine %}',
        Name: "{% $states.input.prefix & '-' & $replace($states.input.at, ':', '') %}",
        Input: '{% $states.input.input %}',
      },
      TimeoutSeconds: 30,
      Retry: [{ ErrorEquals: ['Sfn.ExecutionAlreadyExistsException'], MaxAttempts: 0 }, busy],
      Catch: [{ ErrorEquals: ['Sfn.ExecutionAlreadyExistsException'], Next: 'left out' }],
      End: true,
    },
    'left out': { Type: 'Succeed' },
  },
}
