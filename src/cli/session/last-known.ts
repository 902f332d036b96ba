import type { Json } from '../../core/json.ts'
import type { ExecutionEvent } from '../../core/runtime.ts'
import { type SpillStore, unspill } from '../../core/spill.ts'
import { outcomesIn } from '../../operations/output/format/summary.ts'

/**
 * Remembers what the steps of an execution answered, so that the results of hosts are there when a later step throws
 * or is cancelled. Only the last answers are held, as the text that the history has.
 */
export class LastKnown {
  readonly #outputs: string[] = []

  /** Listens until the execution ends. */
  async follow(events: AsyncIterable<ExecutionEvent>): Promise<void> {
    for await (const event of events) {
      const details = event.stateExitedEventDetails as { readonly output?: string } | undefined
      if (details?.output === undefined) continue
      this.#outputs.push(details.output)
      if (this.#outputs.length > held) this.#outputs.shift()
    }
  }

  /** The latest answer that says something of hosts. */
  async answer(store: SpillStore): Promise<unknown> {
    for (const text of this.#outputs.toReversed()) {
      const data = await unspill(JSON.parse(text) as Json, store)
      if (outcomesIn(data).length > 0) return data
    }
    return undefined
  }
}

/** Answers that are looked at again; a wait or a gate's verdict may stand between. */
const held = 16
