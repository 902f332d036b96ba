import type { State, StateMachine } from '../core/asl.ts'
import { terminalErrors } from '../core/errors.ts'
import { asExpression } from '../core/expression.ts'
import type { Flow } from '../core/flow.ts'
import type { Watch } from '../core/watch.ts'
import { InvalidWatch } from '../core/watches/invalid.ts'
import { check } from './check/check.ts'
import { type Draft, Graph } from './graph.ts'
import { busy, callSeconds, execution, words } from './watches/calls.ts'
import { ask, refuseTimes } from './watches/poll.ts'

/** The machine of a watch that AWS keeps, and what it needs besides its function. */
export interface CompiledWatch {
  readonly machine: StateMachine
  /** The flows whose machines it starts, by the substitutions that stand for their ARNs, such as `stopClosetMachine`. */
  readonly starts: ReadonlyMap<string, string>
  /** The one among them that it waits for, where it is a poll: a substitution. */
  readonly asks: string | undefined
}

/** The substitution of the function that decides. */
export const watchFunction = 'WatchFunction'

/** The state that a machine enters when a flow could not be started; an alarm looks for it in the log. */
export const notStarted = 'write down that it did not start'

/** Seconds; a decision reads and writes one item of a table. */
const decideSeconds = 60

const taken = 'Sfn.ExecutionAlreadyExistsException'

/** Asking once more would not help. */
const hopeless = [
  taken,
  'Sfn.StateMachineDoesNotExistException',
  'Sfn.StateMachineDeletingException',
  'Sfn.InvalidArnException',
  'Sfn.InvalidNameException',
  'Sfn.InvalidExecutionInputException',
]

/**
 * Compiles a watch to the state machine that keeps it in AWS: the same watch always to the same machine. A sensor's is started
 * with `{ reading }` at each reading, a poll's with `{}` at each of its times and asks its flow first. What is to be done, the
 * function of watches decides, by the state that it keeps; the machine starts it, by a name that is taken once, and says
 * what came of it. Where something ends between readings (a dwell, a cool-down, a budget) it waits for that and looks again.
 *
 * Throws `InvalidWatch` for a flow that has no machine, as it is not among `flows`, and for a poll that AWS can't time, and
 * `CompileRefusal` as `compile` does.
 *
 * @example
 * compileWatch(tooHot, flows).machine.States['start stopCloset'] // { Type: 'Task', … }
 */
export function compileWatch(watch: Watch, flows: ReadonlyMap<string, Flow>): CompiledWatch {
  const starts = new Map<string, string>()
  const arnOf = (field: string, flow: Flow): { readonly name: string; readonly arn: string } => {
    const name = nameOf(watch, field, flow, flows)
    starts.set(`${name}Machine`, name)
    return { name, arn: `\${${name}Machine}` }
  }
  const graph = new Graph()
  const decide = graph.reserve('decide')
  const { source } = watch
  const polled = source.kind === 'poll' ? { source, ...arnOf('poll.flow', source.flow) } : undefined
  if (polled) refuseTimes(watch.name, polled.source)
  const StartAt = polled ? ask(graph, polled, decide) : decide

  const choice = graph.reserve('what is to be done?')
  graph.put(decide, {
    ...call(
      // What a look or a poll hands over is the state's input, and the reading the execution's.
      asExpression(
        `$merge([{ 'looks': 0 }, $states.input, { 'do': 'decide', 'watch': '${watch.name}', 'execution': ${execution} }])`,
      ),
      choice,
    ),
    Assign: { looks: asExpression('$exists($states.input.looks) ? $states.input.looks : 0') },
  })

  const started = settle(graph, watch, 'write down that it started', 'started', choice)
  const failed = settle(graph, watch, notStarted, 'failed', choice)
  const actions = [
    { kind: 'flow', ...arnOf('flow', watch.flow.flow) },
    ...(watch.onClear ? [{ kind: 'onClear', ...arnOf('onClear', watch.onClear.flow) }] : []),
  ].map(({ kind, name, arn }) => ({
    Condition: asExpression(`$states.input.action.kind = '${kind}'`),
    Next: start(graph, name, arn, { started, failed }),
  }))

  const look = graph.reserve('look again')
  const done = graph.reserve('done')
  graph.put(choice, {
    Type: 'Choice',
    Choices: [...actions, { Condition: asExpression('$exists($states.input.look)'), Next: look }],
    Default: done,
  })
  graph.put(look, {
    Type: 'Wait',
    Timestamp: asExpression('$states.input.look'),
    Output: { looks: asExpression('$looks + 1') },
    Next: decide,
  })
  graph.put(done, { Type: 'Succeed' })

  const machine: StateMachine = {
    Comment: `Watch ${watch.name}`,
    QueryLanguage: 'JSONata',
    StartAt,
    States: graph.states as unknown as Record<string, State>,
  }
  check(machine)
  return { machine, starts, asks: polled && `${polled.name}Machine` }
}

/** Starts what was decided. Whatever started it before under this name, it is started once. */
function start(
  graph: Graph,
  name: string,
  arn: string,
  next: { readonly started: string; readonly failed: string },
): string {
  const starting = graph.reserve(`start ${name}`)
  const key = asExpression('$states.input.action.key')
  graph.put(starting, {
    Type: 'Task',
    Resource: 'arn:aws:states:::aws-sdk:sfn:startExecution',
    Arguments: { StateMachineArn: arn, Name: key, Input: asExpression('$states.input.action.input') },
    TimeoutSeconds: callSeconds,
    Retry: [{ ErrorEquals: hopeless, MaxAttempts: 0 }, busy],
    Catch: [
      { ErrorEquals: [taken], Output: { key }, Next: next.started },
      {
        ErrorEquals: ['States.ALL'],
        Output: {
          key,
          problem: asExpression(
            `$substring($states.errorOutput.Error & ': ' & $states.errorOutput.Cause, 0, ${words})`,
          ),
        },
        Next: next.failed,
      },
    ],
    Output: { key },
    Next: next.started,
  })
  return starting
}

/** Tells what came of an action, and hears whether there is another one. */
function settle(
  graph: Graph,
  watch: Watch,
  label: string,
  carried: 'started' | 'failed',
  next: string,
): string {
  const name = graph.reserve(label)
  graph.put(
    name,
    call(
      {
        do: 'settle',
        watch: watch.name,
        execution: asExpression(execution),
        looks: asExpression('$looks'),
        key: asExpression('$states.input.key'),
        carried,
        ...(carried === 'failed' ? { problem: asExpression('$states.input.problem') } : {}),
      },
      next,
    ),
  )
  return name
}

function call(payload: Draft[string], next: string): Draft {
  return {
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: `\${${watchFunction}}`, Payload: payload },
    TimeoutSeconds: decideSeconds,
    Retry: [{ ErrorEquals: [...terminalErrors, 'UnknownWatch'], MaxAttempts: 0 }, busy],
    Output: asExpression('$states.result.Payload'),
    Next: next,
  }
}

function nameOf(watch: Watch, field: string, flow: Flow, flows: ReadonlyMap<string, Flow>): string {
  for (const [name, one] of flows) if (one === flow) return name
  throw new InvalidWatch(
    watch.name,
    field,
    'its flow is not exported, and AWS starts what has a name; export it beside the watch',
  )
}
