import { asExpression } from '../../core/expression.ts'
import type { Polled } from '../../core/watch.ts'
import { InvalidWatch } from '../../core/watches/invalid.ts'
import type { Graph } from '../graph.ts'
import { literal } from '../literal.ts'
import { unchanged } from '../scope.ts'
import { busy, callSeconds, execution, words } from './calls.ts'

const noRoom = ['ThrottlingException', 'ExecutionLimitExceededException', 'InternalServerException'].map(
  code => `StepFunctions.${code}`,
)

/** EventBridge Scheduler counts in minutes. Throws `InvalidWatch` for other times. */
export function refuseTimes(name: string, { everyMs }: Polled): void {
  if (everyMs % 60_000 === 0) return
  throw new InvalidWatch(
    name,
    'poll.every',
    `${everyMs / 1_000}s is no number of whole minutes, in which AWS counts; say such as '1m', or let the daemon keep it with runs: 'daemon'`,
  )
}

/** A poll's flow, and what is put into the place of its answer where there is none in time. */
export function ask(
  graph: Graph,
  { source, name, arn }: { readonly source: Polled; readonly name: string; readonly arn: string },
  next: string,
): string {
  const asking = graph.reserve(`ask ${name}`)
  const stop = graph.reserve(`stop ${name}`)
  const asked = { asked: { failed: asExpression(saying) } }
  graph.put(asking, {
    Type: 'Task',
    Resource: 'arn:aws:states:::states:startExecution.sync:2',
    Arguments: {
      StateMachineArn: arn,
      // Its own name: histories tell what began it, and it can be found to be stopped.
      Name: asExpression(execution),
      Input: literal(source.input, '$states.input'),
    },
    // It is over before the next one is due, so that they don't pile up, and before its answer would be too old.
    TimeoutSeconds: Math.min(source.maxAgeMs, source.everyMs) / 1_000,
    // What failed is not asked again before its next turn; a start that AWS had no room for is.
    Retry: [{ ...busy, ErrorEquals: noRoom, MaxAttempts: 3 }],
    Catch: [
      { ErrorEquals: ['States.Timeout'], Output: asked, Next: stop },
      { ErrorEquals: ['States.ALL'], Output: asked, Next: next },
    ],
    Output: { asked: { output: asExpression('$states.result.Output') } },
    Next: next,
  })
  // Step Functions does not promise to stop what a Task that timed out was waiting for.
  graph.put(stop, {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:sfn:stopExecution',
    Arguments: {
      ExecutionArn: asExpression(`$replace('${arn}', ':stateMachine:', ':execution:') & ':' & ${execution}`),
      Error: 'PollTimeout',
      Cause: 'its watch does not wait any longer',
    },
    TimeoutSeconds: callSeconds,
    Retry: [{ ...busy, MaxAttempts: 2 }],
    Catch: [{ ErrorEquals: ['States.ALL'], Output: unchanged, Next: next }],
    Output: unchanged,
    Next: next,
  })
  return asking
}

/** What an execution failed by stands within the cause, which is its description and may be cut; otherwise the error itself. */
const saying = `(
  $cause := $states.errorOutput.Cause;
  $part := function($name) { $substringBefore($substringAfter($cause, '"' & $name & '":"'), '"') };
  $substring($contains($cause, '"Error":"')
    ? $part('Error') & ': ' & ($contains($cause, '"Cause":"') ? $part('Cause') : 'it does not say why')
    : $states.errorOutput.Error & ': ' & $cause, 0, ${words})
)`.replaceAll(/\s+/g, ' ')
