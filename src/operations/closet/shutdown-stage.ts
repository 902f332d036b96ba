import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Duration } from '../../core/duration.ts'
import { type Host, narrow } from '../../core/hosts.ts'
import { accounted, outcomeOf } from '../../core/operation/accounted.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { inParallel } from '../../core/operation/in-parallel.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { Outcome } from '../../core/outcome.ts'
import { type Command, command, duration } from '../remote/arguments.ts'
import { eachSystem } from '../systems/job/each-system.ts'
import { span } from '../systems/job/options.ts'
import { withSystem } from '../systems/job/with-system.ts'
import { stopHeld } from '../systems/stop.ts'
import { downBySsh, downSoon } from './by-ssh.ts'
import { closetBefore, itsOwn, orAllFail, partOf, withPart } from './part.ts'
import { type ClosetMember, type ClosetOutcome, type ClosetStage, shuttingDown, stage } from './stages.ts'
import { inWaves } from './waves.ts'
import { closetOf, goDown, lower, whileGoing } from './way.ts'

/** How a stage is shut down. */
export interface StageDownOptions {
  /** How long the stage may take: what has not ended by then is late. 5 minutes for guests, 2 for containers, 5 for hosts. */
  readonly within?: Duration
  /** Who is late is left as it is and told, or cut off; either way the next stage goes on. Left when not said. */
  readonly late?: 'leave' | 'cut off'
  /** How long somebody else who is at work on a system is waited for; 30 seconds. */
  readonly wait?: Duration | 0
  /** How hosts that are no systems are shut down: a command for their shell, or a program with arguments; as their systems want it when left out. */
  readonly command?: Command
}

/** Seconds. A guest ends its databases, a container a process or two, and a host is up to its own services. */
const usual: Readonly<Record<ClosetStage, number>> = { guests: 300, containers: 120, hosts: 300, own: 60 }

const schema = z.strictObject({
  stage,
  within: duration.optional(),
  late: z.enum(['leave', 'cut off']).default('leave'),
  wait: span.default(30),
  command: command.optional(),
})

type Args = z.output<typeof schema>

/** Milliseconds that cutting off may take: a power switch is asked until it says that it is done. */
const cuttingMs = 75_000
/** Milliseconds after which a provider that ends by itself is ended by us. */
const tellingMs = 10_000
/** Milliseconds that each is given, however late its turn comes: everybody is asked. */
const leastMs = 20_000

const definition = define({
  name: 'shutdownStage',
  site: 'onprem',
  effect: 'idempotent',
  schema,
  describe: ({ stage, within, late }: Args) =>
    stage === 'own'
      ? 'shut the own host down in a minute'
      : `${stage} end within ${within ?? usual[stage]}s, who is late is ${late === 'leave' ? 'left' : 'cut off'}`,
  handle,
})

/**
 * Shuts down those of a closet that are at a stage, all at once, and hands everybody on. Systems are stopped by their
 * providers, gracefully; other hosts by SSH, those through which others are reached after them. Nothing of what goes
 * wrong keeps the next stage from going on.
 *
 * @example
 * pipe(toShutDown(), shutdownStage('guests', { within: '3m', late: 'cut off' }), shutdownStage('hosts'), pretty())
 */
export function shutdownStage(
  stage: ClosetStage,
  options: StageDownOptions = {},
): Operation<ClosetOutcome, ClosetOutcome> {
  return fromStep(task(definition, { stage, ...options }))
}

withDefinition(shutdownStage, definition)

async function handle(data: unknown, args: Args, context: Context): Promise<ClosetOutcome> {
  const before = closetBefore(data, context.step)
  const name = closetOf(before)
  if (before.successful.some(({ value }) => value.stage === args.stage && value.is === 'to stop'))
    await goDown(name, context)
  const after = await whileGoing('down', name, context, () => shutDown(before, args, context))
  if (!after.successful.some(({ value }) => value.is === 'to stop')) await lower('down', name, context)
  return after
}

async function shutDown(before: ClosetOutcome, args: Args, context: Context): Promise<ClosetOutcome> {
  const { stage } = args
  const ends = context.clock.now() + (args.within ?? usual[stage]) * 1_000
  let closet = before
  const waiting = partOf(closet, ({ value }) => value.stage === stage && value.is === 'to stop')
  for (const wave of inWaves(waiting.on.hosts)) {
    const names = new Set(wave.map(({ name }) => name))
    const inWave = partOf(waiting, ({ host }) => names.has(host))
    const systems = partOf(inWave, ({ value }) => value.provider !== undefined)
    const others = partOf(inWave, ({ value }) => value.provider === undefined)
    const [stopped, down] =
      stage === 'own'
        ? [
            partOf(inWave, () => false),
            await orAllFail(inWave, context, () => ownHost(inWave, args, context)),
          ]
        : await Promise.all([
            orAllFail(systems, context, () => stopSystems(systems, args, ends, context)),
            orAllFail(others, context, () => hostsDown(others, args, ends, context)),
          ])
    const done = {
      on: null,
      successful: [...stopped.successful, ...down.successful],
      failure: [...stopped.failure, ...down.failure],
      left: [],
    }
    closet = withPart(closet, inWave, done, stage)
  }
  return closet
}

function stopSystems(
  part: ClosetOutcome,
  { late, wait, stage }: Args,
  ends: number,
  context: Context,
): Promise<Outcome<unknown, ClosetMember>> {
  const { clock } = context
  const force = late === 'cut off'
  const graceMs = () => Math.max(leastMs, ends - clock.now())
  const timeout = Math.ceil((graceMs() + (force ? cuttingMs : tellingMs)) / 1_000) + wait
  const limits = { timeout, wait, perNode: 100 }
  return eachSystem(part, context, limits, async ({ host, system, provider, until }, context) =>
    itsOwn(async (): Promise<ClosetMember> => {
      const wanted = { host: host.name, system, provider, by: shuttingDown, waitMs: wait * 1_000, until }
      return withSystem(wanted, context, async at => {
        await stopHeld(at, { graceMs: graceMs(), force })
        const { node } = at.system
        return {
          stage,
          is: 'stopped',
          provider: provider.name,
          ...(node === undefined ? {} : { node }),
          ...(at.warnings.length === 0 ? {} : { warnings: at.warnings }),
        }
      })
    }),
  )
}

function hostsDown(part: ClosetOutcome, { command, stage }: Args, ends: number, context: Context) {
  const until = Math.max(ends, context.clock.now() + leastMs)
  return onHosts(part, until + tellingMs - context.clock.now(), context, async host => {
    await downBySsh(host, { command, until }, context)
    return { stage, is: 'stopped' }
  })
}

/** This process would not see its end; its execution has to end before it does. */
function ownHost(part: ClosetOutcome, { command, stage }: Args, context: Context) {
  return onHosts(part, 60_000, context, async (host, { provider }) => {
    await downSoon(host, command, context)
    return { stage, is: 'going down', ...(provider === undefined ? {} : { provider }) }
  })
}

async function onHosts(
  part: ClosetOutcome,
  timeout: number,
  context: Context,
  work: (host: Host, member: ClosetMember) => Promise<ClosetMember>,
): Promise<Outcome<unknown, ClosetMember>> {
  const members = new Map(part.successful.map(({ host, value }) => [host, value]))
  const { hosts } = part.on
  context.progress({ kind: 'hosts', step: context.step, hosts: hosts.map(({ name }) => name) })
  const results = await inParallel(hosts, context.hosts.concurrency, host =>
    accounted(host.name, context, { timeout }, () => itsOwn(() => work(host, members.get(host.name)!))),
  )
  return outcomeOf({ ...part, on: narrow(part.on, new Set(members.keys())) }, results)
}
