import type { Criterion } from './criterion.ts'
import { preset } from './presets.ts'
import type { Selector } from './select.ts'
import type { Preset, SpecPart } from './spec.ts'

/** What a system is given when it is made, and is found by afterwards. */
export type Label = Preset & Selector

/**
 * In a `create`: the type that it is provisioned as, with the arguments of its plan. In a selection: those of the type.
 *
 * @example
 * create(kvm('big-iron'), medium, typed('redis', { port: 6380 }))
 * systems(typed('redis'))
 */
export function typed(type: string, args?: SpecPart['args']): Label {
  return label('typed', { where: 'type', types: [type] }, { type, args }, [type])
}

/**
 * In a `create`: tags. In a selection: those that have all of them.
 *
 * @example
 * systems(tagged('web', 'staging'), running)
 */
export function tagged(...tags: string[]): Label {
  return label('tagged', { where: 'tag', tags }, { tags }, tags)
}

/** Makes a label that is called as it was written. */
export function label(name: string, criterion: Criterion, part: SpecPart, words: readonly string[]): Label {
  const said = words.map(text => JSON.stringify(text)).join(', ')
  return Object.freeze({ ...preset(`${name}(${said})`, part), criterion })
}
