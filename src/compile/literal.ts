import type { Template } from '../core/asl.ts'
import { asExpression } from '../core/expression.ts'
import type { Json } from '../core/json.ts'
import { type RefTarget, refTarget } from '../core/ref.ts'

/**
 * Writes a value into a state so that it arrives as it is. A string that ASL would read as an expression, or the
 * deployment as a substitution, becomes an expression that gives that very string: data never turns into code.
 * References become the expressions that they stand for; `input` is where the execution's input is.
 */
export function literal(value: unknown, input: string): Template {
  const target = refTarget(value)
  if (target) return asExpression(reference(target, input))
  if (typeof value === 'string') return isCode(value) ? asExpression(quoted(value)) : value
  if (Array.isArray(value)) return value.map(item => literal(item, input))
  if (typeof value === 'object' && value !== null) {
    const fields = fieldsOf(value)
    // A template's field names stay as they are, so a name that would be read as code needs an expression around it.
    if (fields.some(([name]) => isCode(name))) return asExpression(object(fields, input))
    return Object.fromEntries(fields.map(([name, item]) => [name, literal(item, input)]))
  }
  return value as Json
}

function isCode(text: string): boolean {
  return text.startsWith('{%') || text.includes('${')
}

/** The same value written as JSONata. */
export function jsonataOf(value: unknown, input: string): string {
  const target = refTarget(value)
  if (target) return `(${reference(target, input)})`
  if (typeof value === 'string') return quoted(value)
  if (Array.isArray(value)) return `[${value.map(item => jsonataOf(item, input)).join(', ')}]`
  if (typeof value === 'object' && value !== null) return object(fieldsOf(value), input)
  return JSON.stringify(value)
}

function object(fields: readonly (readonly [string, unknown])[], input: string): string {
  return `{${fields.map(([name, item]) => `${quoted(name)}: ${jsonataOf(item, input)}`).join(', ')}}`
}

function fieldsOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, item]) => item !== undefined)
}

/** A string as JSONata, in which no deployment finds a substitution. */
function quoted(text: string): string {
  return text
    .split('${')
    .map(part => JSON.stringify(part))
    .join(' & "$" & "{" & ')
}

function reference(target: RefTarget, input: string): string {
  if ('expression' in target) return target.expression
  return target.path.reduce(field, input)
}

/** A field of data, its name quoted where it has to be. No quotes hold a backquote. */
function field(data: string, name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name) && !['and', 'or', 'in', 'true', 'false', 'null'].includes(name))
    return `${data}.${name}`
  return name.includes('`') || isCode(name) ? `$lookup(${data}, ${quoted(name)})` : `${data}.\`${name}\``
}
