import type { REPLServer } from 'node:repl'
import { type Compiled, compile } from '../../compile/compile.ts'
import { type PlannedStep, plan } from '../../compile/plan.ts'
import { InvalidArguments } from '../../core/errors.ts'
import { type Flow, isFlow, parseInput } from '../../core/flow.ts'
import { isOperation, type Operation } from '../../core/operation/operation.ts'
import type { Evaluator } from './evaluate.ts'

/** What the prompt's own commands print by. */
export interface CommandPrinters {
  /** Print by themselves, as the commands of these names do. */
  hosts(): Promise<unknown>
  flows(): Promise<unknown>
  /** Answer text without a line end. */
  plan(name: string, lines: readonly PlannedStep[]): string
  compiled(compiled: Compiled): string
}

/** Commands that take an expression. */
export const expressionCommands: readonly string[] = ['plan', 'compile']

/** Adds `.hosts`, `.flows`, `.plan` and `.compile` to a prompt. */
export function teachCommands(
  server: REPLServer,
  evaluator: Evaluator,
  flows: ReadonlyMap<string, Flow>,
  print: CommandPrinters,
): void {
  const says = (help: string, tell: () => Promise<unknown>) => ({
    help,
    async action() {
      await tell().catch(error => server.output.write(`${server.writer(error)}\n`))
      server.displayPrompt()
    },
  })
  const ofPipeline = (help: string, text: (operation: Operation<any, unknown>, name: string) => string) => ({
    help,
    action(expression: string) {
      evaluator.show(expression, value => {
        if (isOperation(value)) return text(value, nameOf(value, flows))
        throw new InvalidArguments(
          `this takes a pipeline, as in .plan ${[...flows.keys()][0] ?? 'pipe(…)'}; see .flows`,
        )
      })
    },
  })
  server.defineCommand('hosts', says('List the hosts and groups of the configuration', print.hosts))
  server.defineCommand('flows', says('List the flows', print.flows))
  server.defineCommand(
    'plan',
    ofPipeline('Say what a pipeline would do, and do nothing', (operation, name) =>
      print.plan(name, plan(operation, isFlow(operation) ? parseInput(name, operation, {}) : undefined)),
    ),
  )
  server.defineCommand(
    'compile',
    ofPipeline('Print the state machine of a pipeline', (operation, name) =>
      print.compiled(compile(operation, name)),
    ),
  )
}

function nameOf(operation: Operation<any, unknown>, flows: ReadonlyMap<string, Flow>): string {
  return [...flows].find(([, flow]) => flow === operation)?.[0] ?? 'adhoc'
}
