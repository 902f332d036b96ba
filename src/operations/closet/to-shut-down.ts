import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Host } from '../../core/hosts.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import type { Left, Success } from '../../core/outcome.ts'
import { fold } from '../output/format/index.ts'
import { systemsOf } from '../systems/job/wired.ts'
import { hostsOf } from '../systems/outcome.ts'
import {
  type ClosetOptions,
  called,
  closetName,
  earlier,
  everybody,
  type Found,
  memberOf,
  membersOf,
  membersSchema,
} from './members.ts'
import { outermost, ownAmong, thisHost } from './own-host.ts'
import type { ClosetMember, ClosetOutcome } from './stages.ts'
import { wasShutDown } from './was-shut-down.ts'

/** Who is shut down. */
export interface ToShutDownOptions extends ClosetOptions {
  /** The machine that this process is on, and what that stands on: `never` shut down, or the `last` of all. */
  readonly own?: 'never' | 'last'
  /** How this process's machine is called in the closet, where that is not its hostname and no address says it. */
  readonly bridge?: string | readonly string[]
}

const schema = z.strictObject({
  members: membersSchema,
  closet: closetName,
  own: z.enum(['never', 'last']).default('never'),
  bridge: z.array(z.string().min(1)).default([]),
})

const definition = define({
  name: 'toShutDown',
  site: 'onprem',
  effect: 'read',
  schema,
  describe: ({ members, own }: z.output<typeof schema>) => {
    const names = members.hosts.hosts.map(({ name }) => name)
    const bySsh = names.length === 0 ? '' : `, ${fold(names)} by SSH`
    return `systems of the closet that are on${bySsh}, the own host ${own}`
  },
  handle,
})

/**
 * Looks up who of a closet is to be shut down and at which stage. The machine that this process is on is left out with all
 * that it stands on, unless it is to be the last.
 *
 * @example
 * pipe(toShutDown({ guests: tagged('lab') }), shutdownStage('guests', { within: '2m' }), pretty())
 */
export function toShutDown(options: ToShutDownOptions = {}): Operation<any, ClosetOutcome> {
  const { own, bridge, closet, ...members } = options
  const args = {
    members: membersOf(members),
    ...(closet === undefined ? {} : { closet }),
    ...(own === undefined ? {} : { own }),
    ...(bridge === undefined ? {} : { bridge: [bridge].flat() }),
  }
  return fromStep(task(definition, args))
}

withDefinition(toShutDown, definition)

async function handle(
  data: unknown,
  { members, closet, own, bridge }: z.output<typeof schema>,
  context: Context,
): Promise<ClosetOutcome> {
  const { step } = context
  const all = await everybody(members, context)
  const candidates = [
    ...all.systems.map(({ host, system }) => ({ host, node: system.node })),
    ...all.hosts.map(host => ({ host, node: undefined })),
  ]
  const ours = ownAmong(candidates, thisHost(bridge))
  const last = outermost(candidates, ours)
  const left: Left[] = []
  const taken: { readonly host: Host; readonly value: ClosetMember }[] = []
  const take = (host: Host, value: ClosetMember) => {
    const leave = (reason: string) => void left.push({ host: host.name, step, reason })
    if (!ours.has(host.name)) taken.push({ host, value })
    else if (own === 'never') leave('this process is on it, and it is not to be shut down')
    else if (!last.has(host.name)) leave(`this process is on it; it goes with ${[...last].join(' and ')}`)
    else taken.push({ host, value: { ...value, stage: 'own' } })
  }
  for (const one of all.systems) {
    const off = await whyOff(one, context)
    if (off === undefined) take(one.host, memberOf(one, 'to stop', closet))
    else left.push({ host: one.host.name, step, reason: off })
  }
  for (const host of all.hosts) take(host, { stage: 'hosts', is: 'to stop', ...called(closet) })
  const before = earlier(data, step)
  return {
    on: hostsOf(taken.map(({ host }) => host)),
    successful: taken.map(({ host, value }): Success<ClosetMember> => ({ host: host.name, value, ms: 0 })),
    failure: [...before.failure, ...all.failure],
    left: [...before.left, ...left],
  }
}

/** Why nothing is asked of a system; undefined for one that is on, or of which nobody knows. */
async function whyOff({ system }: Found, context: Context): Promise<string | undefined> {
  const { state, id } = system
  if (state === 'stopped') return 'it is off already'
  if (state === 'missing') return 'its provider does not have it any more'
  // A machine under the desk that was shut down by us and is silent since can't be told from one that is cut off.
  if (state !== 'unknown') return undefined
  const history = await (await systemsOf(context).store()).history(id).catch(() => [])
  return wasShutDown(history) ? 'it was shut down before, and does not answer since' : undefined
}
