import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Duration } from '../../core/duration.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { Outcome } from '../../core/outcome.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { duration } from '../remote/arguments.ts'
import { eachSystem } from '../systems/job/each-system.ts'
import { span } from '../systems/job/options.ts'
import { toTrouble } from '../systems/job/trouble.ts'
import { withSystem } from '../systems/job/with-system.ts'
import { startHeld } from '../systems/start.ts'
import { closetBefore, itsOwn, orAllFail, partOf, withPart } from './part.ts'
import { bringingUp, type ClosetMember, type ClosetOutcome, stage } from './stages.ts'
import { closetOf, type Going, goUp, lower, whileGoing } from './way.ts'

/** How a stage is brought up. */
export interface StageUpOptions {
  /** How long it may take until each answers; 10 minutes for hosts, 5 for containers and guests. */
  readonly within?: Duration
  /** How long somebody else who is at work on a system is waited for; 30 seconds. */
  readonly wait?: Duration | 0
  /** `false` goes on as soon as providers say that they run; otherwise SSH has to answer. */
  readonly ready?: boolean
}

/** Seconds. Firmware counts memory for minutes. */
const usual = { hosts: 600, containers: 300, guests: 300 } as const

const schema = z.strictObject({
  stage: stage.exclude(['own']),
  within: duration.optional(),
  wait: span.default(30),
  ready: z.boolean().default(true),
})

type Args = z.output<typeof schema>

/** Milliseconds until a hypervisor that does not answer yet is asked again, with half as much again of jitter. */
const againMs = 5_000

const definition = define({
  name: 'bringUpStage',
  site: 'onprem',
  effect: 'idempotent',
  schema,
  describe: ({ stage, within }: Args) => `${stage} answer within ${within ?? usual[stage]}s`,
  handle,
})

/**
 * Starts those of a closet that were shut down with it and are at a stage, and waits until they answer. A hypervisor that
 * began a moment ago does not answer at once; it is asked again for as long as the stage may take. Who does not come up
 * fails, stays remembered, and is tried again by the next run.
 *
 * @example
 * pipe(toBringUp(), bringUpStage('hosts', { within: '15m' }), bringUpStage('guests'), pretty())
 */
export function bringUpStage(
  stage: Args['stage'],
  options: StageUpOptions = {},
): Operation<ClosetOutcome, ClosetOutcome> {
  return fromStep(task(definition, { stage, ...options }))
}

withDefinition(bringUpStage, definition)

async function handle(data: unknown, args: Args, context: Context): Promise<ClosetOutcome> {
  const closet = closetBefore(data, context.step)
  const { stage } = args
  const part = partOf(closet, ({ value }) => value.stage === stage && value.is === 'to start')
  const name = closetOf(closet)
  const done = await orAllFail(part, context, async () => {
    await goUp(name, args.wait * 1_000, context)
    return whileGoing('up', name, context, going => startAll(part, args, context, going))
  })
  const after = withPart(closet, part, done, stage)
  if (!after.successful.some(({ value }) => value.is === 'to start')) await lower('up', name, context)
  return after
}

function startAll(
  part: ClosetOutcome,
  { stage, within = usual[stage], wait, ready }: Args,
  context: Context,
  going: Going,
): Promise<Outcome<unknown, ClosetMember>> {
  const limits = { timeout: within + wait, wait, perNode: 8 }
  return eachSystem(part, context, limits, async ({ host, system, provider, until }, own) => {
    const context = { ...own, signal: AbortSignal.any([own.signal, going.signal]) }
    const wanted = { host: host.name, system, provider, by: bringingUp, waitMs: wait * 1_000, until }
    const once = () =>
      withSystem(wanted, context, async (at): Promise<ClosetMember> => {
        // Under the system's lease, so that whoever shuts down meets either nobody or a machine that is on.
        await going.check()
        await startHeld(at, ready, context)
        const { node } = at.system
        return {
          stage,
          is: 'running',
          provider: provider.name,
          ...(node === undefined ? {} : { node }),
          ...(at.warnings.length === 0 ? {} : { warnings: at.warnings }),
        }
      })
    return untilReachable(() => itsOwn(once), until, context)
  })
}

/** Tries again for as long as nobody is there to be asked. */
async function untilReachable<T>(work: () => Promise<T>, until: number, context: Context): Promise<T> {
  const { clock, signal } = context
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const trouble = toTrouble(error, signal)
      const pause = againMs * (1 + Math.random() / 2)
      const again = trouble instanceof SystemTrouble && trouble.code === 'unreachable'
      if (!again || clock.now() + pause >= until) throw trouble
      await clock.sleep(pause, signal)
    }
  }
}
