import { type PlannedStep, plan } from '../../compile/plan.ts'
import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import { oneLine } from '../../core/one-line.ts'

/** What a flow would do, as far as a sentence holds it. */
export interface PlanInWords {
  /** How many hosts it would act on at most; nothing where that is known when it runs. */
  readonly hosts: number | undefined
  /** What it would change, each once. */
  readonly changes: readonly string[]
}

/** Characters of one change. */
const longest = 60

/** Puts a plan together, and does nothing. */
export function planInWords(flow: Flow, input: Json): PlanInWords {
  const hosts = new Set<string>()
  const changes = new Set<string>()
  let unknown = false
  const read = (lines: readonly PlannedStep[]): void => {
    for (const { on, effect, does, inside = [] } of lines) {
      if (on?.certainty === 'unknown') unknown = true
      else for (const host of on?.hosts ?? []) hosts.add(host)
      if (effect === 'change' || effect === 'idempotent') changes.add(oneLine(does, longest))
      read(inside)
    }
  }
  read(plan(flow, input))
  return { hosts: unknown || hosts.size === 0 ? undefined : hosts.size, changes: [...changes] }
}
