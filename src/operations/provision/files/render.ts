import { InvalidArguments } from '../../../core/errors.ts'
import { isRecord, type Json } from '../../../core/json.ts'

/** `{{ name }}`, `{{ a.b.0 }}`; and `\{{`, which is two braces as they are. */
const place = /\\\{\{|\{\{([^{}]*)\}\}|\{\{/g
const name = /^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/

/**
 * Fills a template in: `{{ name }}` and `{{ dotted.path }}` stand for text, numbers and booleans, `\{{` for two braces.
 * There is nothing else in the language, and what is filled in is never read again. Throws `InvalidArguments`, which
 * names every variable that is missing or is no text, with its line.
 *
 * @example
 * render('port {{ redis.port }}\n', { redis: { port: 6379 } }, 'redis.conf')
 */
export function render(template: string, vars: Readonly<Record<string, Json>>, called: string): string {
  const wrong: string[] = []
  const text = template.replaceAll(place, (found: string, inside: string | undefined, at: number) => {
    if (found === '\\{{') return '{{'
    const path = inside?.trim() ?? ''
    const line = template.slice(0, at).split('\n').length
    if (inside === undefined || !name.test(path)) {
      wrong.push(
        `line ${line}: ${inside === undefined ? '{{ is not closed' : `{{${inside}}} names no variable`}`,
      )
      return found
    }
    const value = path.split('.').reduce<unknown>(part, vars)
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
      return String(value)
    wrong.push(`line ${line}: ${path} ${value === undefined ? 'is missing' : `is ${kindOf(value)}`}`)
    return found
  })
  if (wrong.length === 0) return text
  throw new InvalidArguments(
    `${called}: ${wrong.join('; ')}; give each variable as text, a number or a boolean`,
    {
      detail: { wrong },
    },
  )
}

/** Only what a value has of its own: no prototype has variables. */
function part(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return /^\d{1,9}$/.test(key) ? value[Number(key)] : undefined
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object'
}
