import type { Json } from '../../../core/json.ts'
import type { ActionName, Carried, Code, KeptDecision } from '../../../core/watches/state.ts'

export const decisionColumns = 'watch, at, code, value, why, key, kind, input, carried, problem'

/** A decision as columns. */
export type DecisionRow = {
  readonly watch: string
  readonly at: number
  readonly code: Code
  readonly value: string | null
  readonly why: string | null
  readonly key: string | null
  readonly kind: ActionName | null
  readonly input: string | null
  readonly carried: Carried | null
  readonly problem: string | null
}

export function packDecision({ watch, at, code, value, why, action }: KeptDecision): DecisionRow {
  return {
    watch,
    at,
    code,
    value: value === undefined ? null : JSON.stringify(value),
    why: why ?? null,
    key: action?.key ?? null,
    kind: action?.kind ?? null,
    input: action === undefined ? null : JSON.stringify(action.input),
    carried: action?.carried ?? null,
    problem: action?.problem ?? null,
  }
}

export function unpackDecision(row: DecisionRow): KeptDecision {
  const { watch, at, code, value, why, key, kind, input, carried, problem } = row
  return {
    watch,
    at,
    code,
    ...(value !== null && { value: JSON.parse(value) as Json }),
    ...(why !== null && { why }),
    ...(key !== null && {
      action: {
        key,
        kind: kind!,
        input: JSON.parse(input!) as Json,
        carried: carried!,
        ...(problem !== null && { problem }),
      },
    }),
  }
}
