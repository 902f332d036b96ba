import type { Json } from '../core/json.ts'
import { leftUnknown } from '../core/operation/fan-out.ts'
import { type SpillStore, spill, unspill } from '../core/spill.ts'
import { type Desk, parseRequest, type TaskRequest } from '../core/task.ts'
import type { Fate, Interrupted } from '../executor/index.ts'
import { wasHandedOn } from './bridge/invoke.ts'

/**
 * What becomes of a task that was under way when its process ended. What only reads or ends in the same state is
 * called again, and so are the author's functions. An operation that changes hosts answers that each host that
 * it acted on may have been changed or not; any other change fails as `Unknown`, which a declared retry repeats. What had
 * been handed to a bridge is submitted again under its id, whatever it does: the bridge knows what became of it.
 */
export function fates(find: Desk['find'], store: SpillStore, hasBridge = false): Interrupted {
  return async call => {
    if (hasBridge && wasHandedOn(call.submittedAs)) return 'repeat'
    // An execution that it starts has a name that is the same again, so that it is found and not started twice.
    if (/:states:startExecution(?:$|\.)/.test(call.resource)) return 'repeat'
    const request = parseRequest((call.arguments as { Payload?: unknown }).Payload)
    const definition = definitionOf(find, request)
    if (definition === undefined) return isClosure(request) ? 'repeat' : 'unknown'
    if (isClosure(request) || definition.effect !== 'change') return 'repeat'
    return definition.onHosts ? unknownHosts(request, store) : 'unknown'
  }
}

/** Only the author's functions are given the execution's input. */
export function isClosure({ input }: TaskRequest): boolean {
  return input !== undefined
}

function definitionOf(find: Desk['find'], request: TaskRequest) {
  try {
    return find(request).definition
  } catch {
    // What it was can't be told any more; calling it says why, by name.
    return undefined
  }
}

async function unknownHosts(request: TaskRequest, store: SpillStore): Promise<Fate> {
  const outcome = leftUnknown(await unspill(request.data, store), request.step)
  return { answer: await spill(outcome as unknown as Json, request.spill ?? 'whole', store) }
}
