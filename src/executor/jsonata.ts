import jsonata from 'jsonata'
import type { Json } from '../core/json.ts'
import { addedFunctions } from './added-functions.ts'
import { BoundedRegExp } from './bounded-regexp.ts'
import { admitResult, NotJsonError } from './data.ts'
import { type Bindings, type Evaluation, guardOf } from './guard.ts'
import { hardenNames, mayLoop } from './jsonata-ast.ts'

/** An expression, parsed once. Answers `undefined` where JSONata has nothing to say. */
export type Query = (bindings: Bindings, evaluation: Evaluation) => Promise<Json | undefined>

/** What JSONata says about an expression that it can't parse or evaluate: `T2001: The left side …`. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
}

/**
 * Parses an expression in the dialect of Step Functions: JSONata 2.0.6 with AWS's own functions and without
 * `$eval`. A property is found only where the data has it, never on a prototype.
 *
 * @throws QueryError when it is not JSONata
 */
export function parseQuery(source: string): Query {
  const expression = parse(source)
  const ast = expression.ast()
  const guard = guardOf(mayLoop(ast))
  hardenNames(ast)
  for (const [name, implementation] of addedFunctions) expression.assign(name, implementation)
  // Symbols are how jsonata itself names its hooks; its type declarations only know strings.
  expression.assign(guard.hook as unknown as string, guard.enter)

  return async (bindings, evaluation) => {
    let result: unknown
    try {
      result = await guard.start(evaluation, () => expression.evaluate(undefined, bindings))
    } catch (error) {
      throw new QueryError(messageOf(error), { cause: error })
    }
    if (result === undefined) return undefined
    try {
      return admitResult(result)
    } catch (error) {
      if (error instanceof NotJsonError) throw new QueryError(`The result is not JSON: ${error.message}`)
      throw error
    }
  }
}

function parse(source: string): jsonata.Expression {
  try {
    return jsonata(source, { RegexEngine: BoundedRegExp as unknown as RegExp })
  } catch (error) {
    throw new QueryError(messageOf(error), { cause: error })
  }
}

/** jsonata throws plain objects with a code, and lets a few of the language's own errors through. */
function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error)
  const { code, message } = error as { code?: unknown; message?: unknown }
  const text = typeof message === 'string' ? message : 'the expression failed'
  return typeof code === 'string' && /^[A-Z]\d{4}$/.test(code) ? `${code}: ${text}` : text
}
