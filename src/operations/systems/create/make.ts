import type { Context } from '../../../core/context.ts'
import type { FirstLogin, Placed } from '../../../core/systems/provider.ts'
import type { System, SystemChange } from '../../../core/systems/system.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import type { AtWork, Call } from '../job/at-work.ts'
import { changeBy, HalfDone, sizesOf } from '../job/move.ts'
import { untilReady } from '../job/ready.ts'
import { leavesUntouched, retold, toTrouble } from '../job/trouble.ts'

/** How a system is made. */
export interface Making {
  /** Nothing was ever made of it, so that what is taken back leaves nothing behind. */
  readonly fresh: boolean
  /** The provider's own part: it leaves the machine stopped. */
  readonly build: Call<Placed>
  readonly start: boolean
  /** Whether SSH has to answer before it counts as made. */
  readonly ready: boolean
}

/** By what `create` and `clone` set a machine up for its first login. */
export function firstLogin({ user }: Pick<System, 'user'>, keys: readonly string[]): FirstLogin {
  return { user: user ?? 'root', keys }
}

/**
 * Makes a machine of a record that is `creating`, starts it and waits until it is ready. What fails while it is built
 * and is taken back goes out of the store again; whatever else fails leaves it `broken`, with its stage and problem.
 */
export async function make(at: AtWork, making: Making, context: Context): Promise<void> {
  const { start, ready } = making
  // One that was built before its process ended is only started.
  if (at.system.ref === undefined) {
    const placed = await built(at, making)
    await at.change({ ref: placed.ref, ...sizesOf(placed) })
  }
  try {
    if (start) {
      at.job.stage('starting')
      await at.ask((provider, job) => provider.start(at.system, job))
    }
    const known =
      start && ready
        ? await untilReady(at, context)
        : changeBy(await at.ask((provider, job) => provider.status(at.system, job)))
    await at.change({ ...known, stage: undefined, problem: undefined })
  } catch (error) {
    throw await leftBroken(at, error)
  }
}

async function built(at: AtWork, { build, fresh }: Making): Promise<Placed> {
  try {
    return await at.ask(build)
  } catch (error) {
    if (at.lost || !fresh || !takenBack(error, at) || at.isInterrupted(error))
      throw await leftBroken(at, error)
    await at.remove()
    throw retold(error, `${error.message}; what had been made was taken back, and nothing is left of it`)
  }
}

/** Only a provider that said so itself has taken everything back. */
function takenBack(error: unknown, at: AtWork): error is SystemTrouble {
  return error instanceof SystemTrouble && error.code !== 'unknown' && error.left.length === 0 && !at.givenUp
}

async function leftBroken(at: AtWork, error: unknown): Promise<Error> {
  const trouble = toTrouble(error, at.job.signal)
  // One that had been made before its step was repeated is as it was.
  const asBefore =
    trouble instanceof SystemTrouble && leavesUntouched(trouble, at) && at.system.state !== 'creating'
  if (at.lost || asBefore || at.isInterrupted(trouble)) return trouble
  const known: SystemChange = trouble instanceof HalfDone ? trouble.change : {}
  await at.change({ state: 'broken', stage: at.system.stage, problem: trouble.message, ...known })
  return trouble
}
