import type { Expression, Template } from './asl.ts'

/** Whether ASL reads a string as a JSONata expression. */
export function isExpression(text: unknown): text is Expression {
  return typeof text === 'string' && text.startsWith('{%') && text.endsWith('%}') && text.length >= 4
}

/** Writes JSONata as ASL has it. */
export function asExpression(jsonata: string): Expression {
  return `{% ${jsonata} %}`
}

/** The JSONata inside. */
export function insideExpression(expression: Expression): string {
  return expression.slice(2, -2)
}

/** Every expression in a template, with its place. */
export function* expressionsIn(
  template: Template | undefined,
  path = '',
): Generator<{ path: string; text: string }> {
  if (isExpression(template)) yield { path, text: insideExpression(template) }
  else if (typeof template === 'object' && template !== null) {
    for (const [key, value] of Object.entries(template))
      yield* expressionsIn(value as Template, path ? `${path}.${key}` : key)
  }
}
