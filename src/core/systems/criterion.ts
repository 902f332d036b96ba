import { fullName } from './full-name.ts'
import type { System } from './system.ts'

/** What a selection asks of a system, as data: it travels to wherever the store is. */
export type Criterion =
  | { readonly where: 'all' }
  | { readonly where: 'address' }
  | { readonly where: 'state'; readonly states: readonly System['state'][] }
  | { readonly where: 'type'; readonly types: readonly string[] }
  | { readonly where: 'name'; readonly names: readonly string[] }
  | { readonly where: 'id'; readonly ids: readonly string[] }
  | { readonly where: 'tag'; readonly tags: readonly string[] }
  | { readonly where: 'node'; readonly nodes: readonly string[] }
  | { readonly where: 'part'; readonly part: string }
  | { readonly where: 'not'; readonly not: Criterion }
  | { readonly where: 'either'; readonly either: readonly Criterion[] }
  | { readonly where: 'both'; readonly both: readonly Criterion[] }

/** Whether a system fits. A name is a hostname or a full one; all tags are wanted; a node is one, or its provider. */
export function matches(system: System, criterion: Criterion): boolean {
  switch (criterion.where) {
    case 'all':
      return true
    case 'address':
      return system.address !== undefined
    case 'state':
      return criterion.states.includes(system.state)
    case 'type':
      return system.type !== undefined && criterion.types.includes(system.type)
    case 'name':
      return criterion.names.includes(system.hostname) || criterion.names.includes(fullName(system))
    case 'id':
      return criterion.ids.includes(system.id)
    case 'tag':
      return criterion.tags.every(tag => system.tags.includes(tag))
    case 'node':
      return criterion.nodes.some(node => node === system.node || node === system.provider)
    case 'part':
      return [fullName(system), system.description, system.type ?? ''].some(told =>
        told.includes(criterion.part),
      )
    case 'not':
      return !matches(system, criterion.not)
    case 'either':
      return criterion.either.some(one => matches(system, one))
    case 'both':
      return criterion.both.every(one => matches(system, one))
  }
}

/** Whether whatever fits is on nodes of one provider alone. That is not so of a condition that may fit others too. */
export function isOn(provider: string, criterion: Criterion): boolean {
  switch (criterion.where) {
    case 'node':
      return criterion.nodes.length > 0 && criterion.nodes.every(node => node === provider)
    case 'both':
      return criterion.both.some(one => isOn(provider, one))
    case 'either':
      return criterion.either.length > 0 && criterion.either.every(one => isOn(provider, one))
    default:
      return false
  }
}
