import type { Criterion } from '../../core/systems/criterion.ts'
import { listed } from '../systems/listed.ts'
import type { Filter } from './table.ts'

/** So many values an `IN` takes. */
const mostValues = 100

/** What of a criterion the table answers. More systems may be left than fit, and never fewer. */
export function filterOf(criterion: Criterion): Filter | undefined {
  const values: Record<string, string> = {}
  const names: Record<string, string> = {}
  const within = (attribute: string, wanted: readonly string[]) => {
    const asked = wanted.map((value, index) => {
      values[`:${attribute}${index}`] = value
      return `:${attribute}${index}`
    })
    names[`#${attribute}`] = attribute
    return `#${attribute} IN (${asked.join(', ')})`
  }
  const { states, types, nodes } = listed(criterion)
  const conditions = [
    // What is in none of no values is left to whoever looks at the rest.
    ...(fits(states) ? [within('state', states)] : []),
    ...(fits(types) ? [within('type', types)] : []),
    ...(fits(nodes) ? [`(${within('node', nodes)} OR ${within('provider', nodes)})`] : []),
  ]
  return conditions.length === 0 ? undefined : { text: conditions.join(' AND '), names, values }
}

function fits(values: readonly string[] | undefined): values is readonly string[] {
  return values !== undefined && values.length > 0 && values.length <= mostValues
}
