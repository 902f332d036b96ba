import { definitionOf } from '../core/operation/definition-of.ts'
import type { Definition } from '../core/step.ts'
import * as agents from './agents/index.ts'
import * as closet from './closet/index.ts'
import * as notify from './notify/index.ts'
import * as provision from './provision/index.ts'
import * as remote from './remote/index.ts'
import * as systems from './systems/index.ts'

/**
 * All operations of ours that execute in a closet, by their names: what a bridge takes from anybody who may submit. What
 * the indexes of this folder export is in it, so that none can be forgotten.
 *
 * @example
 * onpremOperations().get('ls')?.effect // 'read'
 */
export function onpremOperations(): ReadonlyMap<string, Definition> {
  const found = new Map<string, Definition>()
  for (const call of [agents, closet, notify, remote, provision, systems].flatMap(index =>
    Object.values<unknown>(index),
  )) {
    const definition = definitionOf(call)
    if (definition?.site !== 'onprem') continue
    if (found.has(definition.name)) throw new Error(`two operations are called ${definition.name}`)
    found.set(definition.name, definition)
  }
  return found
}
