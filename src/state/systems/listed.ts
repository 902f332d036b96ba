import type { Criterion } from '../../core/systems/criterion.ts'

/** What a criterion wants of the fields that a backend may look at before it reads a system; nothing for any value. */
export interface Listed {
  readonly ids: readonly string[] | undefined
  readonly states: readonly string[] | undefined
  readonly types: readonly string[] | undefined
  readonly nodes: readonly string[] | undefined
}

/** Says of a criterion what can be looked at in single fields. Systems that these leave may not fit all the same. */
export function listed(criterion: Criterion): Listed {
  const all = criterion.where === 'both' ? criterion.both : [criterion]
  const first = <W extends Criterion['where']>(where: W) =>
    all.find((one): one is Extract<Criterion, { readonly where: W }> => one.where === where)
  return {
    ids: first('id')?.ids,
    states: first('state')?.states,
    types: first('type')?.types,
    nodes: first('node')?.nodes,
  }
}
