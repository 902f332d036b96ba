import type { Clock } from '../../core/ports.ts'
import type { Provider, Status } from '../../core/systems/provider.ts'
import { RevisionConflict, SystemHeld, type SystemStore, UnknownSystem } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { standingOf } from './sync/record.ts'

/** Milliseconds in which events are gathered: whoever connects again hears of every machine at once. */
const gathering = 50

/** Somebody else may change a system at the same moment; whoever does so so often is a job, whose word is better. */
const attempts = 5

/** What following a provider needs. */
export interface Following {
  readonly provider: Provider
  readonly store: SystemStore
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Hears what keeps events from being written down; following goes on. */
  readonly trouble: (error: unknown) => void
}

/**
 * Writes down how systems stand as their provider tells it, without asking: a machine that was shut down from inside is
 * `stopped` in the store a moment later. What a job is at work on is left to the job. Resolves when the signal is aborted,
 * and at once for a provider that tells nothing.
 */
export async function followProvider({ provider, store, clock, signal, trouble }: Following): Promise<void> {
  const heard = new Map<
    string,
    { readonly node: string; readonly ref: string; readonly state: Status['state'] }
  >()
  let writing: Promise<void> | undefined
  const writeDown = async () => {
    await clock.sleep(gathering, signal).catch(() => {})
    while (heard.size > 0 && !signal.aborted) {
      const changes = [...heard.values()]
      heard.clear()
      const systems = new Map((await store.list()).map(system => [`${system.node} ${system.ref}`, system]))
      for (const { node, ref, state } of changes) {
        const system = systems.get(`${node} ${ref}`)
        if (system?.provider === provider.name) await note(store, system, state, clock)
      }
    }
  }
  const listen = (change: {
    readonly ref: string
    readonly node: string
    readonly state: Status['state']
  }) => {
    heard.set(`${change.node} ${change.ref}`, change)
    writing ??= writeDown()
      .catch(trouble)
      .finally(() => {
        writing = undefined
      })
  }
  await provider.watch?.(listen, signal)
  await writing
}

/** Changes one system's state, if it still is another and nobody is at work on it. */
async function note(store: SystemStore, first: System, state: Status['state'], clock: Clock): Promise<void> {
  let system: System | undefined = first
  for (let attempt = 1; system !== undefined && attempt <= attempts; attempt++) {
    const change = standingOf(system, { state, address: undefined, port: undefined })
    if (change.state === undefined || change.state === system.state) return
    try {
      await store.change(system.id, system.revision, change, { by: 'events', at: clock.now() })
      return
    } catch (error) {
      if (error instanceof SystemHeld || error instanceof UnknownSystem) return
      if (!(error instanceof RevisionConflict)) throw error
      system = await store.get(system.id)
    }
  }
}
