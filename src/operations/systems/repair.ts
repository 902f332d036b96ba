import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { OrRef } from '../../core/ref.ts'
import type { Status } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { firstLogin, make } from './create/make.ts'
import { destroyHeld } from './destroy.ts'
import { verbInCloud } from './in-cloud.ts'
import type { AtWork } from './job/at-work.ts'
import { mark } from './job/by-slices.ts'
import { isHalfGone, isHalfMade } from './job/half-made.ts'
import { changeBy, move } from './job/move.ts'
import { type JobOptions, jobOptions, type ReadyOptions, readyOptions } from './job/options.ts'
import { untilReady } from './job/ready.ts'
import { systemOperation, type Worked, worked } from './job/system-operation.ts'
import { systemsOf } from './job/wired.ts'

/** How systems are repaired. */
export interface RepairOptions extends JobOptions, ReadyOptions {
  /** The consent to forget systems that their providers don't know any more. */
  readonly force?: OrRef<boolean> | undefined
}

/** What was done: `checked` found it as its provider says, `destroyed` and `forgotten` took it out of the store. */
export type Repaired = Worked & {
  readonly repaired: 'checked' | 'adopted' | 'made' | 'destroyed' | 'forgotten'
}

const schema = z.strictObject({
  options: z.strictObject({ ...jobOptions, ...readyOptions, force: z.boolean().default(false) }).prefault({}),
})

type Options = z.output<typeof schema>['options']

/**
 * Goes on with what an operation left half done, because it failed or its process ended: what was being created is
 * made or taken over as it is found, a half-made clone is taken away, what was being destroyed is destroyed, and of
 * anything else the provider is asked for the truth, and SSH where it runs. A system that its provider does not know any
 * more is forgotten with `{ force: true }` and refused without.
 *
 * @example
 * await run(pipe(systems(broken), repair(), pretty()))
 */
export const repair = systemOperation({
  name: 'repair',
  effect: 'idempotent',
  schema,
  args: (options: RepairOptions = {}) => ({ options }),
  limits: ({ options }) => options,
  inCloud: verbInCloud('repair'),
  each: async (at, { options }, context): Promise<Repaired> => {
    const did = await goOn(at, options, context)
    return { ...worked(at), repaired: did }
  },
})

async function goOn(at: AtWork, options: Options, context: Context): Promise<Repaired['repaired']> {
  if (isHalfGone(at.system)) return takeAway(at, context)
  return isHalfMade(at.system) ? remake(at, options, context) : check(at, options, context)
}

/** Who destroyed it consented; the rest of it goes. */
async function takeAway(at: AtWork, context: Context): Promise<Repaired['repaired']> {
  await destroyHeld(at, context)
  return 'destroyed'
}

async function remake(at: AtWork, options: Options, context: Context): Promise<Repaired['repaired']> {
  const { system } = at
  const systems = systemsOf(context)
  const found = await statusOf(at)
  // What an earlier slice has made was not there when it began.
  const isMissing = found.state === 'missing' || at.turn?.marks.missing !== undefined
  if (isMissing) mark(context, 'missing')
  // What its disks were to be copied from may be another by now.
  const history = await (await systems.store()).history(system.id)
  if (found.state === 'missing' && history[0]?.by === 'clone') return takeAway(at, context)
  const keys = await systems.publicKeys(system.key, system.provider)
  await at.change({ state: 'creating', ref: undefined, stage: undefined, problem: undefined })
  await make(
    at,
    {
      fresh: false,
      start: true,
      ready: options.ready,
      build: async (provider, job) => {
        if (found.state === 'missing') {
          job.stage('taking away what is left')
          await provider.destroy(system, { graceMs: 0 }, job)
        }
        return provider.create(system, firstLogin(system, keys), job)
      },
    },
    context,
  )
  return isMissing ? 'made' : 'adopted'
}

async function check(at: AtWork, options: Options, context: Context): Promise<Repaired['repaired']> {
  const status = await statusOf(at)
  if (status.state === 'missing') return forget(at, options)
  await move(at, at.system.state, async () =>
    status.state === 'running' && options.ready ? untilReady(at, context) : changeBy(status),
  )
  return 'checked'
}

async function forget(at: AtWork, { force }: Options): Promise<Repaired['repaired']> {
  await at.change({ state: 'missing', stage: undefined, problem: undefined })
  if (!force) throw withoutConsent(at.system)
  await at.remove()
  return 'forgotten'
}

function statusOf(at: AtWork): Promise<Status> {
  return at.ask((provider, job) => provider.status(at.system, job))
}

function withoutConsent({ hostname, provider, node }: System): SystemTrouble {
  const place = node === undefined ? provider : `${provider} ${node}`
  return new SystemTrouble(
    'refused',
    `${hostname} is missing: ${place} does not know it any more, so that there is nothing to repair; repair({ force: true }) forgets it`,
  )
}
