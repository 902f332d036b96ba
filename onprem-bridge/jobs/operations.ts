import { type Compiled, compile } from '../../src/compile/compile.ts'
import { UnknownTask } from '../../src/core/errors.ts'
import type { Flow } from '../../src/core/flow.ts'
import type { Definition } from '../../src/core/step.ts'
import { findIn, type TaskRequest } from '../../src/core/task.ts'
import { onpremOperations } from '../../src/operations/onprem.ts'

/** What a bridge may execute: our own operations, and those that the flows which it has loaded use. */
export interface Operations {
  /** Throws `UnknownTask` or `FlowChanged`, which say what is here. */
  find(request: TaskRequest): Definition
}

export interface OperationsParts {
  readonly flows: ReadonlyMap<string, Flow>
  /** All of ours when left out. */
  readonly own?: ReadonlyMap<string, Definition> | undefined
}

/** One flow as it is here. */
interface Known extends Compiled {
  /** The operations that its author made, by their names. */
  readonly theirs: ReadonlyMap<string, Definition>
}

/**
 * The allow-list of a bridge. One of our operations is taken whoever's flow it comes from: it does here what it does
 * everywhere. One that a flow's author made is only taken when the flow here is the very one that asks, and from a pipeline
 * that has no flow here when a single operation can be meant by the name.
 *
 * Throws `CompileRefusal` for a flow that can't be compiled.
 *
 * @example
 * const operations = openOperations({ flows: await loadFlows(loaded) })
 * operations.find(request).effect // 'read'
 */
export function openOperations({ flows, own = onpremOperations() }: OperationsParts): Operations {
  const known = new Map([...flows].map(([name, flow]) => [name, knownFlow(compile(flow, name), own)]))
  const theirs = Map.groupBy(
    new Set([...known.values()].flatMap(flow => [...flow.theirs.values()])),
    ({ name }) => name,
  )

  return {
    find(request) {
      const { operation, flow: name, step } = request
      const flow = known.get(name)
      const there = flow?.tasks.get(step)?.definition
      if (flow?.version === request.version && there?.name === operation && there.site === 'onprem')
        return there
      const mine = own.get(operation)
      if (flow?.theirs.has(operation) !== true && mine !== undefined) return mine
      if (flow !== undefined) return onPremises(findIn(flow)(request).definition, name)
      return onlyOne(operation, theirs.get(operation) ?? [], theirs)
    },
  }
}

function knownFlow(compiled: Compiled, own: ReadonlyMap<string, Definition>): Known {
  const definitions = [...compiled.tasks.values()].map(({ definition }) => definition)
  const theirs = definitions.filter(one => one.site === 'onprem' && own.get(one.name) !== one)
  return { ...compiled, theirs: new Map(theirs.map(one => [one.name, one])) }
}

function onPremises(definition: Definition, flow: string): Definition {
  if (definition.site === 'onprem') return definition
  throw new UnknownTask(
    `${definition.name} of flow ${flow} executes in the ${definition.site === 'code' ? 'functions of its author' : 'cloud'} and not on premises; a bridge does not take it`,
    { detail: { operation: definition.name, site: definition.site } },
  )
}

function onlyOne(
  operation: string,
  [found, other]: readonly Definition[],
  theirs: ReadonlyMap<string, unknown>,
): Definition {
  if (found !== undefined && other === undefined) return found
  const here = [...theirs.keys()].sort().slice(0, 50)
  const has = `its own operations${here.length > 0 ? ` and those of its flows: ${here.join(', ')}` : '; its flows have made none'}`
  throw new UnknownTask(
    found === undefined
      ? `the bridge has no operation ${JSON.stringify(operation)}; it has ${has}. Bring the flow that uses it to the bridge's flows/index.ts and start the bridge again`
      : `several flows of the bridge have an operation of their own called ${JSON.stringify(operation)}, and this pipeline is none of them; give them different names`,
    { detail: { operation, here } },
  )
}
