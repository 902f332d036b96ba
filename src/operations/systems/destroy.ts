import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Duration } from '../../core/duration.ts'
import type { Host } from '../../core/hosts.ts'
import type { OrRef } from '../../core/ref.ts'
import type { System, SystemChange } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { verbInCloud } from './in-cloud.ts'
import { requireAble } from './job/able.ts'
import type { AtWork, Call } from './job/at-work.ts'
import { elapsed } from './job/by-slices.ts'
import { destroyingStage } from './job/half-made.ts'
import { HalfDone, move } from './job/move.ts'
import { type JobOptions, jobOptions, span } from './job/options.ts'
import { systemOperation } from './job/system-operation.ts'
import { leavesUntouched, toTrouble } from './job/trouble.ts'
import { systemsOf } from './job/wired.ts'

/** How systems are destroyed. */
export interface DestroyOptions extends JobOptions {
  /** The consent: nothing is destroyed without `true`. */
  readonly force?: OrRef<boolean> | undefined
  /** How long a system may take to end by itself: half a minute where a volume is kept, no time otherwise. */
  readonly grace?: OrRef<Duration | 0> | undefined
}

/** What is left of a system that was destroyed: its volumes that are kept, by their provider's names. */
export interface Destroyed {
  readonly id: string
  readonly hostname: string
  readonly kept: readonly string[]
}

/**
 * Takes systems away with their disks, but for volumes that are kept. It needs consent: without `{ force: true }`
 * every system is refused and none is touched. What is half made, broken or missing goes too.
 *
 * @example
 * await run(pipe(systems(tagged('staging')), destroy({ force: true }), pretty()))
 */
export const destroy = systemOperation({
  name: 'destroy',
  effect: 'idempotent',
  schema: z.strictObject({
    options: z
      .strictObject({ ...jobOptions, force: z.boolean().default(false), grace: span.optional() })
      .prefault({}),
  }),
  args: (options: DestroyOptions = {}) => ({ options }),
  limits: ({ options }) => options,
  check: ({ host, system }, { options }) => {
    if (!options.force) throw withoutConsent(host.name, system)
  },
  otherwise: destroyedBefore,
  inCloud: verbInCloud('destroy'),
  each: (at, { options }, context): Promise<Destroyed> => destroyHeld(at, context, options.grace),
})

/** A step that is repeated after its process ended finds destroyed what it had destroyed. */
async function destroyedBefore({ system }: Host, context: Context): Promise<Destroyed | undefined> {
  if (system === undefined) return undefined
  const last = (await (await systemsOf(context).store()).history(system)).at(-1)
  if (last?.kind !== 'removed' || last.by !== 'destroy') return undefined
  return { id: system, hostname: String(last.before.hostname), kept: [] }
}

/** Destroys a held system and takes it out of the store. `grace` is seconds. */
export async function destroyHeld(
  at: AtWork,
  context: Pick<Context, 'turn' | 'clock'>,
  grace?: number,
): Promise<Destroyed> {
  const { id, hostname, volumes } = at.system
  const whole = (grace ?? (volumes.some(volume => volume.keep) ? 30 : 0)) * 1_000
  const graceMs = Math.max(0, whole - elapsed(context))
  const call: Call<Pick<Destroyed, 'kept'>> = (provider, job) => provider.destroy(at.system, { graceMs }, job)
  await requireAble(at, 'destroy', call)
  let kept: readonly string[] = []
  await move(at, 'destroying', async (): Promise<SystemChange> => {
    at.job.stage(destroyingStage)
    try {
      kept = (await at.ask(call)).kept
    } catch (error) {
      throw halfGone(toTrouble(error, at.job.signal), at)
    }
    return {}
  })
  await at.remove()
  return { id, hostname, kept }
}

/** What began to be destroyed is no machine any more, even where its provider still knows something of it. */
function halfGone(trouble: Error, at: AtWork): Error {
  return trouble instanceof SystemTrouble && !leavesUntouched(trouble, at)
    ? new HalfDone(trouble, { stage: destroyingStage })
    : trouble
}

function withoutConsent(host: string, { volumes }: System): SystemTrouble {
  const kept = volumes.filter(volume => volume.keep).length
  const disks =
    kept === 0 ? 'its disks' : `its disks, but for ${kept} kept ${kept === 1 ? 'volume' : 'volumes'}`
  return new SystemTrouble(
    'refused',
    `${host} would be gone with ${disks}, and nobody consented; write destroy({ force: true }), or say yes to reops destroy ${host}`,
  )
}
