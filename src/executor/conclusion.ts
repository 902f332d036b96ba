import type { Assignments } from '../core/asl.ts'
import type { Json } from '../core/json.ts'
import { prepareTemplate, type Scene } from './template.ts'
import type { Extra, Visit } from './visit.ts'

/** How a state ended: what it gives on, where to, and the variables that it sets. */
export interface Outcome {
  readonly output: Json
  /** Absent at the end of the machine, the branch or the iteration. */
  readonly next: string | undefined
  readonly assigned: Readonly<Record<string, Json>> | undefined
}

/** The fields that end a state, a Choice's rule or a Catch. */
export interface Concluding {
  readonly Output?: Json
  readonly Assign?: Assignments
  readonly Next?: string
}

/** Ends a visit; `otherwise` is the output where the state declares none. */
export type Conclude = (visit: Visit, extra: Extra, otherwise: Json) => Outcome | Promise<Outcome>

/** Prepares Output and Assign. Both see the variables as they were before; `at` precedes their names in errors. */
export function prepareConclusion(fields: Concluding, at = ''): Conclude {
  const next = fields.Next
  const output = fields.Output === undefined ? undefined : prepareTemplate(fields.Output, `${at}Output`)
  const assign = fields.Assign === undefined ? undefined : prepareTemplate(fields.Assign, `${at}Assign`)

  if (output === undefined && assign === undefined) {
    return (visit, _extra, otherwise) => ({
      output: visit.limit(otherwise, visit.name),
      next,
      assigned: undefined,
    })
  }
  return (visit, extra, otherwise) => {
    const scene: Scene = visit.scene(extra)
    const assigned = assign?.(scene)
    const given = output === undefined ? otherwise : output(scene)
    return assigned instanceof Promise || given instanceof Promise
      ? settle(visit, assigned, given, next)
      : checked(visit, assigned, given, next)
  }
}

async function settle(
  visit: Visit,
  assigned: Json | undefined | Promise<Json>,
  output: Json | Promise<Json>,
  next: string | undefined,
): Promise<Outcome> {
  const [values, given] = await Promise.all([assigned, output])
  return checked(visit, values, given, next)
}

function checked(visit: Visit, assigned: Json | undefined, output: Json, next: string | undefined): Outcome {
  if (assigned !== undefined) visit.limit(assigned, visit.name)
  return {
    output: visit.limit(output, visit.name),
    next,
    assigned: assigned as Readonly<Record<string, Json>> | undefined,
  }
}
