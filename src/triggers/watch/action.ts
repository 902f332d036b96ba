import type { Flow } from '../../core/flow.ts'
import type { Json } from '../../core/json.ts'
import type { Clock } from '../../core/ports.ts'
import type { Watch } from '../../core/watch.ts'
import { actionInput } from '../../core/watch.ts'
import type {
  ActionName,
  KeptAction,
  KeptDecision,
  WatchState,
  WatchStore,
} from '../../core/watches/state.ts'

/** What can be started, and who hears of trouble. */
export interface ActionPorts {
  readonly clock: Clock
  readonly store: WatchStore
  /** Starts a flow under a name, once: where an execution of that name is there, it does nothing. */
  startFlow(flow: Flow, input: Json, options: { readonly name: string }): Promise<unknown>
  notice(text: string): void
}

/** An action that was decided so long ago is not done any more: nobody knows what has become of its reason. Milliseconds. */
export const lapseMs = 15 * 60_000

/** How often a start is tried, and how long is waited after the first; each time twice as long, with jitter. */
const tries = 6
const firstPauseMs = 500

/**
 * The action of a decision, as it is journalled. Its key is made of the watch, when it was first watched, and a number that
 * only grows. Throws what the author's function for the input throws, and `InvalidInput`.
 */
export function newAction(watch: Watch, kind: ActionName, state: WatchState, value: Json): KeptAction {
  const { flow, input } = kind === 'flow' ? watch.flow : watch.onClear!
  return {
    key: `${watch.name}-${Math.trunc(state.begun).toString(36)}-${state.sequence}`,
    kind,
    input: typeof input === 'function' ? actionInput(watch.name, 'input', flow, input(value)) : input,
    carried: 'decided',
  }
}

/**
 * Does what was decided, once it is written down. However often this is done, by this process or the next: the flow is
 * started under the same name, and so once. What came of it is written down, too.
 */
export async function carryOut(
  ports: ActionPorts,
  watch: Watch | undefined,
  { at, action, watch: name }: KeptDecision,
  stop: AbortSignal,
): Promise<void> {
  const { key, kind, input } = action!
  const target = kind === 'flow' ? watch?.flow : watch?.onClear
  if (target === undefined)
    return settle(ports, key, 'lapsed', `there is no watch ${name} any more that would do it`)
  for (let attempt = 1; ; attempt++) {
    if (ports.clock.now() - at > lapseMs)
      return settle(ports, key, 'lapsed', `it was decided more than ${lapseMs / 60_000} minutes ago`)
    try {
      await ports.startFlow(target.flow, input, { name: key })
      return settle(ports, key, 'started')
    } catch (thrown) {
      const problem = thrown instanceof Error ? thrown.message : String(thrown)
      // It stays decided: the next process does it.
      if (stop.aborted) return
      if (attempt === tries) return settle(ports, key, 'failed', problem)
      if (attempt === 1) ports.notice(`watch ${name}: ${key} is not started yet: ${problem}`)
      const pause = firstPauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2)
      await ports.clock.sleep(pause, stop).catch(() => {})
      if (stop.aborted) return
    }
  }
}

async function settle(
  { store, notice }: ActionPorts,
  key: string,
  carried: 'started' | 'failed' | 'lapsed',
  problem?: string,
): Promise<void> {
  if (problem !== undefined)
    notice(`${key} ${carried === 'failed' ? 'could not be started' : 'is not done'}: ${problem}`)
  // What is not written stays decided, and its flow is asked for again under its name.
  await store.settle(key, { carried, problem }).catch((thrown: Error) => {
    notice(`what became of ${key} is not written: ${thrown.message}`)
  })
}
