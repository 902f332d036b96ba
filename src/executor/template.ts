import { insideExpression, isExpression } from '../core/expression.ts'
import type { Json } from '../core/json.ts'
import { EvaluationFailure } from './errors.ts'
import { fetch, referenceOf } from './fast-path.ts'
import type { Bindings, Evaluation } from './guard.ts'
import { parseQuery, QueryError } from './jsonata.ts'

/** Where an expression is evaluated: what it sees, and what it may use of the world. */
export interface Scene {
  /** A variable, or `$states`; its `context` is only there for templates that ask for it. */
  value(name: string, needsContext: boolean): unknown
  /** All of them. */
  bindings(needsContext: boolean): Bindings
  evaluation(): Evaluation
}

/** A field of a state, prepared once: answers at once when it needs no JSONata, and by promise when it does. */
export type Template = (scene: Scene) => Json | Promise<Json>

/** The expression in `{% … %}`, or undefined when the text is only text. */
export function expressionIn(text: string): string | undefined {
  return isExpression(text) ? insideExpression(text).trim() : undefined
}

/**
 * Prepares a field. `location` is how AWS names it in its errors: `Output/items[1]`.
 *
 * @throws QueryError when an expression is not JSONata
 */
export function prepareTemplate(template: Json, location: string): Template {
  const prepared = prepare(template, location)
  return prepared.constant ? () => template : prepared.evaluate
}

type Prepared = { readonly constant: true } | { readonly constant: false; readonly evaluate: Template }

const constant: Prepared = { constant: true }

function prepare(template: Json, location: string): Prepared {
  if (typeof template === 'string') {
    const source = expressionIn(template)
    return source === undefined
      ? constant
      : { constant: false, evaluate: prepareExpression(source, location) }
  }
  if (typeof template !== 'object' || template === null) return constant
  return Array.isArray(template)
    ? prepareArray(template, location)
    : prepareRecord(template as Readonly<Record<string, Json>>, location)
}

function prepareExpression(source: string, location: string): Template {
  const path = referenceOf(source)
  const needsContext = /context/.test(source) || /\$states\b(?!\.(?:input|result|errorOutput)\b)/.test(source)
  let query = path === undefined ? parse(source, location) : undefined

  const ask = async (scene: Scene): Promise<Json> => {
    query ??= parse(source, location)
    const result = await query(scene.bindings(needsContext), scene.evaluation()).catch(error => {
      throw error instanceof QueryError ? thrown(source, location, error) : error
    })
    if (result === undefined) {
      throw new EvaluationFailure(
        location,
        `The JSONata expression '${source}' specified for the field '${location}' returned nothing (undefined).`,
      )
    }
    return result
  }

  if (path === undefined) return ask
  return scene => fetch(path, scene.value(path[0]!, needsContext)) ?? ask(scene)
}

function parse(source: string, location: string): ReturnType<typeof parseQuery> {
  try {
    return parseQuery(source)
  } catch (error) {
    if (error instanceof QueryError)
      throw new QueryError(`${location}: '${source}' is not JSONata: ${error.message}`)
    throw error
  }
}

function thrown(source: string, location: string, error: QueryError): EvaluationFailure {
  return new EvaluationFailure(
    location,
    `The JSONata expression '${source}' specified for the field '${location}' threw an error during evaluation. ${error.message}`,
  )
}

function prepareArray(items: readonly Json[], location: string): Prepared {
  const parts = items.map((item, index) => prepare(item, `${location}[${index}]`))
  if (parts.every(part => part.constant)) return constant
  return {
    constant: false,
    evaluate: scene => fill([...items], parts, scene),
  }
}

function prepareRecord(record: Readonly<Record<string, Json>>, location: string): Prepared {
  const keys = Object.keys(record)
  const parts = keys.map(key => prepare(record[key]!, `${location}/${key}`))
  if (parts.every(part => part.constant)) return constant
  const whole = (values: readonly Json[]) =>
    Object.fromEntries(keys.map((key, index) => [key, values[index]!]))
  const constants = Object.values(record)
  return {
    constant: false,
    evaluate(scene) {
      const values = fill([...constants], parts, scene)
      return values instanceof Promise ? values.then(whole) : whole(values)
    },
  }
}

/** Replaces the parts that are not constant, one after the other, so that the first error is always the same. */
function fill(values: Json[], parts: readonly Prepared[], scene: Scene, from = 0): Json[] | Promise<Json[]> {
  for (let index = from; index < parts.length; index++) {
    const part = parts[index]!
    if (part.constant) continue
    const value = part.evaluate(scene)
    if (value instanceof Promise) {
      return value.then(settled => {
        values[index] = settled
        return fill(values, parts, scene, index + 1)
      })
    }
    values[index] = value
  }
  return values
}
