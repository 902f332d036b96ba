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
  if (target) return reference(target, input)
  if (typeof value === 'string') return literalString(value)
  if (Array.isArray(value)) return value.map(item => literal(item, input))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([key, item]) => [key, literal(item, input)]),
    )
  }
  return value as Json
}

function literalString(text: string): Template {
  if (!text.startsWith('{%') && !text.includes('${')) return text
  return asExpression(
    text
      .split('${')
      .map(part => JSON.stringify(part))
      .join(' & "$" & "{" & '),
  )
}

function reference(target: RefTarget, input: string): Template {
  if ('expression' in target) return asExpression(target.expression)
  return asExpression([input, ...target.path.map(fieldName)].join('.'))
}

/** A field's name in a JSONata path, quoted where it has to be. */
function fieldName(name: string): string {
  return /^[A-Za-z_]\w*$/.test(name) && !['and', 'or', 'in', 'true', 'false', 'null'].includes(name)
    ? name
    : `\`${name.replaceAll('`', '')}\``
}
