import type { Criterion } from '../../../core/systems/criterion.ts'
import { listed } from '../../systems/listed.ts'

/** What a query leaves systems out by, each a list of JSON or `null` for any. */
export type Narrowed = Record<(typeof narrowings)[number]['param'], string | null>

/** The conditions that the columns answer; text, tags, and what is one of several things are looked at afterwards. */
const narrowings = [
  { where: 'id', param: 'ids', sql: 'id IN any' },
  { where: 'state', param: 'states', sql: 'state IN any' },
  { where: 'type', param: 'types', sql: 'type IN any' },
  { where: 'node', param: 'nodes', sql: '(node IN any OR provider IN any)' },
] as const

/** The condition of the query that `narrow` gives the parameters of. */
export const narrowing = narrowings
  .map(({ param, sql }) => {
    const any = `(SELECT value FROM json_each(:${param}))`
    return `(:${param} IS NULL OR ${sql.replaceAll('any', any)})`
  })
  .join(' AND ')

/** What of a criterion the columns answer. More systems may be left than fit, and never fewer. */
export function narrow(criterion: Criterion): Narrowed {
  const { ids, states, types, nodes } = listed(criterion)
  const list = (values: readonly string[] | undefined) =>
    values === undefined ? null : JSON.stringify(values)
  return { ids: list(ids), states: list(states), types: list(types), nodes: list(nodes) }
}
