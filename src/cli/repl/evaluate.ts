import { type REPLEval, type REPLServer, Recoverable } from 'node:repl'
import { isOperation } from '../../core/operation/operation.ts'
import { runTyped, type TypedRuns } from './run-typed.ts'
import { stripTypes } from './typescript.ts'

/** What became of the last text that was evaluated. */
export type Verdict = 'done' | 'incomplete' | 'threw'

/** What became of a text and, when it is done, its value. */
type Answer = (error: Error | null, value?: unknown) => void

/** Evaluates what is typed. */
export interface Evaluator {
  /** `threw` until the evaluation of a text says otherwise. */
  readonly verdict: Verdict
  /** Evaluates TypeScript and prints what is made of its value; a pipeline is not run. */
  show(text: string, format: (value: unknown) => string): void
}

const pending = Symbol.for('re-ops.repl.pending')

/** Node's own prompt waits for what an `await` at the top waits for, holds back keys meanwhile and hears Ctrl-C. */
const awaitPending = `await globalThis[Symbol.for(${JSON.stringify(pending.description)})]\n`

/**
 * Teaches Node's prompt TypeScript, and to run a pipeline that is typed: alone, or as the answer of an expression.
 * One that is assigned is kept and not run.
 */
export function teachEvaluation(server: REPLServer, typed: TypedRuns): Evaluator {
  const { runs } = typed
  const node = server.eval.bind(server) as REPLEval
  const evaluateNode: REPLEval = (...parts) => {
    const listenAgain = interruptsForNode()
    try {
      node.apply(server, parts)
    } finally {
      listenAgain()
    }
  }
  let verdict: Verdict = 'done'

  const evaluate = (text: string, name: string, answer: Answer) => {
    verdict = 'threw'
    runs.nextLine()
    const stripped = stripTypes(text)
    if ('code' in stripped) {
      // An error that is thrown doesn't come back here: Node shows it by itself.
      evaluateNode.call(server, stripped.code, server.context, name, (...answered: Parameters<Answer>) => {
        if (!answered[0]) verdict = 'done'
        else if (answered[0] instanceof Recoverable) verdict = 'incomplete'
        answer(...answered)
      })
      return
    }
    if (stripped.incomplete) verdict = 'incomplete'
    answer(stripped.incomplete ? new Recoverable(stripped.error) : stripped.error)
  }

  const waitFor = (promise: Promise<unknown>, name: string, answer: Answer) => {
    promise.catch(() => {})
    Object.assign(globalThis, { [pending]: promise })
    verdict = 'threw'
    // Node ends its own waiting after it has answered, so ours begins a moment later.
    queueMicrotask(() =>
      evaluateNode.call(server, awaitPending, server.context, name, (...answered: Parameters<Answer>) => {
        Reflect.deleteProperty(globalThis, pending)
        if (!answered[0]) verdict = 'done'
        answer(...answered)
      }),
    )
  }

  const evaluateLine: REPLEval = (text, _context, name, answer) => {
    evaluate(text, name, (...answered) => {
      const [error, value] = answered
      if (!error && isOperation(value) && !assigns(text)) waitFor(runTyped(value, typed), name, answer)
      else if (!error && value instanceof Promise && runs.isBegun(value)) waitFor(value, name, answer)
      else (answer as (...all: unknown[]) => void)(...answered)
    })
  }
  Object.assign(server, { eval: evaluateLine })

  const printed = (text: () => string, instead: Verdict = 'done') => {
    verdict = instead
    try {
      server.output.write(`${text()}\n`)
    } catch (error) {
      verdict = 'threw'
      server.output.write(`${server.writer(error)}\n`)
    }
    server.displayPrompt()
  }
  return {
    get verdict() {
      return verdict
    },
    show: (text, format) => {
      evaluate(`${text}\n`, 'REPL', (error, value) => {
        if (!error) printed(() => format(value))
        else if (error instanceof Recoverable)
          printed(() => 'SyntaxError: the expression ends too early', 'threw')
        else
          printed(
            () =>
              server
                .writer(error)
                .replace(/^\[([\s\S]*)\]$/, '$1')
                .trimEnd(),
            'threw',
          )
      })
    },
  }
}

/** Whether a line's value is what it assigns to something. */
function assigns(text: string): boolean {
  return /^\s*[\w$]+(?:\.[\w$]+|\[[^\]]*\])*\s*(?:\?\?|\|\||&&)?=(?![=>])/.test(text)
}

/**
 * While Node evaluates it takes Ctrl-C for itself, which works only where nobody else listens for it, and afterwards
 * gives it back to the system. So who listened makes way, and listens anew when the answer is called.
 */
function interruptsForNode(): () => void {
  const listeners = process.rawListeners('SIGINT') as NodeJS.SignalsListener[]
  process.removeAllListeners('SIGINT')
  return () => {
    for (const listener of listeners) process.on('SIGINT', listener)
  }
}
