import type { Criterion } from '../../../core/systems/criterion.ts'
import type { Database } from '../database.ts'
import { narrow, narrowing } from './narrow.ts'

/**
 * Systems as they are kept, each as its JSON, in the order of their hostnames: for a list that doesn't wait until the
 * schema is loaded. More may come than fit the criterion, and nobody has checked what they say.
 */
export function keptSystems(database: Database, criterion: Criterion): readonly string[] {
  const rows = database
    .prepare(`SELECT system FROM systems WHERE ${narrowing} ORDER BY sorted`)
    .all(narrow(criterion))
  return rows.map(row => String(row.system))
}
