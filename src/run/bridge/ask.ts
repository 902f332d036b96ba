import { randomUUID } from 'node:crypto'
import { type BridgePort, TaskFailed } from '../../core/bridge.ts'
import type { Operation } from '../../core/operation/operation.ts'
import { type SpillStore, unspill } from '../../core/spill.ts'
import { rebuiltError } from './rebuilt-error.ts'

/** What asks a bridge without an execution, for commands that only look. */
export interface Asking {
  readonly bridge: BridgePort
  readonly store: SpillStore
  readonly signal: AbortSignal
}

/**
 * Asks a bridge for what one operation of ours answers. Rejects as the operation does, and with what bridges reject with.
 *
 * @example
 * const { successful } = await askBridge(systems(), { bridge, store, signal })
 */
export async function askBridge<O>(operation: Operation<void, O>, asking: Asking): Promise<O> {
  const { bridge, store, signal } = asking
  const { step } = operation
  if (step.kind !== 'task') throw new Error('a bridge is asked for what one operation answers')
  const { definition, args } = step
  const name = `look-${randomUUID().slice(0, 8)}`
  const execution = { id: name, name, startedAt: new Date().toISOString() }
  const request = {
    ...{ operation: definition.name, args, flow: 'look', step: step.label.slice(0, 80), version: '' },
    ...{ execution, data: null },
  }
  const call = { id: `${name}/${randomUUID()}`, signal, progress: () => {}, heartbeat: () => {} }
  try {
    return (await unspill(await bridge.answer(request, call), store)) as O
  } catch (error) {
    throw error instanceof TaskFailed ? rebuiltError(error.error, error.failure) : error
  }
}
