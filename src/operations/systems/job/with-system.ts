import type { Context } from '../../../core/context.ts'
import type { Provider } from '../../../core/systems/provider.ts'
import type { System } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { type AtWork, atWork } from './at-work.ts'
import { type Hold, hold } from './hold.ts'
import { withWayOn } from './move.ts'
import { retold, toTrouble } from './trouble.ts'
import { systemsOf } from './wired.ts'

/** A system that is to be worked on. Times are milliseconds. */
export interface Wanted {
  /** How the step calls it. */
  readonly host: string
  readonly system: System
  readonly provider: Provider
  /** The operation, for the lease's purpose and the system's history. */
  readonly by: string
  /** How long somebody else at work on it is waited for. */
  readonly waitMs: number
  /** When its time is over, since the epoch. */
  readonly until: number
}

/**
 * Works on a system while nobody else does: takes its lease, reads it again, keeps the lease while `work` works, and
 * gives it back. Throws `SystemTrouble`: `busy` when somebody else has it for too long, `refused` when it was removed
 * meanwhile, `unknown` when the lease was lost, and whatever `work` throws.
 */
export async function withSystem<T>(
  wanted: Wanted,
  context: Context,
  work: (at: AtWork) => Promise<T>,
): Promise<T> {
  const { system, host } = wanted
  const store = await systemsOf(context).store()
  try {
    const held = await claim(wanted, context, system.id)
    return await whileHeld(held, async () => {
      const now = await store.get(system.id)
      if (now === undefined)
        throw new SystemTrouble('refused', `${host} was removed while its turn was waited for`)
      return underLease(wanted, now, held, context, work)
    })
  } catch (error) {
    throw toTrouble(error, context.signal)
  }
}

/** Takes the lease of a system, which may not be in the store yet. */
export async function claim(
  { host, by, waitMs, until }: Pick<Wanted, 'host' | 'by' | 'waitMs' | 'until'>,
  context: Context,
  id: string,
): Promise<Hold> {
  const { clock, signal, step, execution } = context
  const systems = systemsOf(context)
  const turn = context.turn ?? context.slices?.begun(id)
  return hold({
    id,
    hostname: host,
    owner: systems.owner,
    isGone: systems.isGone?.bind(systems),
    purpose: `${by} in execution ${execution.name}`,
    store: await systems.store(),
    clock,
    signal,
    left: turn?.fence,
    waitUntil: Math.min((turn?.began ?? clock.now()) + waitMs, until),
    stage: stage => context.progress({ kind: 'stage', step, host, stage }),
  })
}

/** Works under a lease and gives it back, unless what was begun may still be going on. */
export async function whileHeld<T>(held: Hold, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    await held.release()
  }
}

/** Works on a system under its lease. What it throws says which system it was, and how that was left. */
export async function underLease<T>(
  { host, provider, by, until }: Omit<Wanted, 'system'>,
  system: System,
  held: Hold,
  context: Context,
  work: (at: AtWork) => Promise<T>,
): Promise<T> {
  const store = await systemsOf(context).store()
  const at = atWork({ system, host, provider, store, hold: held, by, until }, context)
  try {
    return await work(at)
  } catch (error) {
    const trouble = toTrouble(error, held.signal)
    if (!(trouble instanceof SystemTrouble)) throw trouble
    if (at.isInterrupted(trouble)) {
      // The lease lasts over the pause, and the next slice takes it up.
      at.turn!.fence = held.fence
      held.lapse()
      throw trouble
    }
    const { id, provider: name, node } = at.system
    const told = retold(trouble, trouble.message, { system: id, provider: name, node })
    throw at.lost ? told : withWayOn(told, at.system)
  } finally {
    if (at.givenUp) held.lapse()
  }
}
