import { defined } from '../../../core/defined.ts'
import type { Placed, Status } from '../../../core/systems/provider.ts'
import type { System, SystemChange, SystemState } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { AtWork } from './at-work.ts'
import { leavesUntouched, retold, toTrouble } from './trouble.ts'

/** Milliseconds for the question how a system stands after something failed; the same again as a grace. */
const truthMs = 700

/** What a provider's word changes in the record of a system. */
export function changeBy({ state, address, port }: Status): SystemChange {
  return { state, address, port }
}

/** The sizes that a provider says, where it does. */
export function sizesOf({ cpu, ram, disk }: Partial<Pick<Placed, 'cpu' | 'ram' | 'disk'>>): SystemChange {
  return defined({ cpu, ram, disk })
}

/** A failure after which a system is left `broken`, because only half of what was asked for is done. */
export class HalfDone extends SystemTrouble {
  readonly change: SystemChange

  constructor(trouble: SystemTrouble, change: SystemChange = {}) {
    super(trouble.code, trouble.message, trouble)
    this.change = change
  }
}

/**
 * Moves a held system from one state to another: it is in the state `during` while `work` works, and then as `work`
 * says. When that fails it is as it was if nothing was done, and otherwise as its provider says, `broken` where only
 * half was done, and `unknown` where nobody can say.
 */
export async function move(
  at: AtWork,
  during: SystemState,
  work: () => Promise<SystemChange>,
): Promise<System> {
  const before = at.system
  await at.change({ state: during, stage: undefined, problem: undefined })
  let change: SystemChange
  try {
    change = await work()
  } catch (error) {
    const trouble = toTrouble(error, at.job.signal)
    // A lost lease is somebody else's now, and so is the record; an interrupted one goes on as it is.
    if (!at.lost && !at.isInterrupted(trouble)) await at.change(await standing(at, before, trouble))
    throw trouble
  }
  return at.change({ stage: undefined, problem: undefined, ...change })
}

/** How a system stands after its work failed. */
async function standing(at: AtWork, before: System, trouble: Error): Promise<SystemChange> {
  const { stage } = at.system
  const problem = trouble.message
  if (!(trouble instanceof SystemTrouble)) return { ...(await truth(at)), stage, problem }
  if (trouble instanceof HalfDone) return { state: 'broken', stage, problem, ...trouble.change }
  if (trouble.left.length > 0) return { state: 'broken', stage, problem }
  if (leavesUntouched(trouble, at)) {
    const { state, stage, problem } = before
    return { state, stage, problem }
  }
  if (at.givenUp) return { state: 'unknown', stage, problem }
  return { ...(await truth(at)), stage, problem }
}

/** How the provider says that it stands, for a short while. */
async function truth(at: AtWork): Promise<SystemChange> {
  try {
    return changeBy(await at.askAfter(truthMs, (provider, job) => provider.status(at.system, job)))
  } catch {
    // Whoever fails at this has failed already, and that is what is told; here it only means that nobody knows.
    return { state: 'unknown' }
  }
}

/** A trouble that says how its system was left, and how to go on. */
export function withWayOn(trouble: SystemTrouble, { state, stage, hostname }: System): SystemTrouble {
  if (state !== 'broken' && state !== 'unknown') return trouble
  const where = stage === undefined ? '' : ` at the stage ${JSON.stringify(stage)}`
  const behind = trouble.left.length > 0 ? `; left behind: ${trouble.left.join(', ')}` : ''
  const message = `${trouble.message}; it is left ${state}${where}${behind}; reops repair ${hostname} goes on`
  return retold(trouble, message, { state, stage, left: trouble.left })
}
