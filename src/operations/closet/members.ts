import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import { type Host, type Hosts, hostsSchema, withWay } from '../../core/hosts.ts'
import { isRecord } from '../../core/json.ts'
import { type Failure, isOutcome, type Left } from '../../core/outcome.ts'
import { criterionSchema } from '../../core/systems/criteria.ts'
import { type Criterion, matches } from '../../core/systems/criterion.ts'
import type { Selector } from '../../core/systems/select.ts'
import type { System } from '../../core/systems/system.ts'
import { systemsOf } from '../systems/job/wired.ts'
import type { ClosetMember, ClosetStage } from './stages.ts'
import { theCloset } from './way.ts'

/** Who belongs to a closet. */
export interface ClosetOptions {
  /** Virtual machines: those of `kvm` when left out. `false` leaves all out, here as below. */
  readonly guests?: Selector | false
  /** Containers: those of `lxd`. */
  readonly containers?: Selector | false
  /** Machines that are woken and shut down as systems: those of `physical`. */
  readonly machines?: Selector | false
  /**
   * What the closet is called, where a store has more than one: a shutdown and a bring-up of the same name never go on at
   * once. `closet` when left out.
   */
  readonly closet?: string
  /** Hypervisors and others that are no systems: they are shut down by SSH, and can't be brought up. */
  readonly hosts?: Hosts
}

const on = (provider: string): Criterion => ({ where: 'node', nodes: [provider] })
const nobody: Criterion = { where: 'not', not: { where: 'all' } }

export const closetName = z
  .string()
  .regex(/^[\w.-]{1,40}$/, 'a closet is called by up to 40 letters, digits, dots and dashes')
  .default(theCloset)

/** Who belongs to a closet, as data. */
export const membersSchema = z.strictObject({
  guests: criterionSchema,
  containers: criterionSchema,
  machines: criterionSchema,
  hosts: hostsSchema,
})

export type Members = z.output<typeof membersSchema>

/** Words of a call as data. */
export function membersOf({ guests, containers, machines, hosts }: ClosetOptions): Members {
  const of = (said: Selector | false | undefined, usual: string) =>
    said === false ? nobody : (said?.criterion ?? on(usual))
  return {
    guests: of(guests, 'kvm'),
    containers: of(containers, 'lxd'),
    machines: of(machines, 'physical'),
    hosts: (hosts ?? { via: 'ssh', defaults: {}, hosts: [] }) as Members['hosts'],
  }
}

/** A system of a closet, and the stage that it goes with: the first whose condition it fits. */
export interface Found {
  readonly system: System
  readonly host: Host
  readonly stage: ClosetStage
}

/** Everybody of a closet as the store knows them, and its hosts that are no systems. */
export interface Everybody {
  readonly systems: readonly Found[]
  readonly hosts: readonly Host[]
  /** What keeps the store from being read: it may not keep anybody from shutting down the rest. */
  readonly failure: readonly Failure[]
}

/** Looks up who belongs to a closet. A host that is a system of it as well is that system. */
export async function everybody(members: Members, context: Context): Promise<Everybody> {
  const { systems, failure } = await readSystems(members, context)
  const known = new Set(systems.flatMap(({ system, host }) => [system.hostname, host.name]))
  const { hosts } = members
  return {
    systems,
    hosts: hosts.hosts.filter(({ name }) => !known.has(name)).map(host => withWay(hosts, host)),
    failure,
  }
}

async function readSystems(
  { guests, containers, machines }: Members,
  context: Context,
): Promise<Pick<Everybody, 'systems' | 'failure'>> {
  const { hostOf, store } = systemsOf(context)
  const stageOf = (system: System): ClosetStage | undefined => {
    if (matches(system, guests)) return 'guests'
    if (matches(system, containers)) return 'containers'
    return matches(system, machines) ? 'hosts' : undefined
  }
  try {
    const all = await (await store()).list({ where: 'either', either: [guests, containers, machines] })
    return {
      systems: all.flatMap(system => {
        const stage = stageOf(system)
        return stage === undefined ? [] : [{ system, stage, host: hostOf(system) }]
      }),
      failure: [],
    }
  } catch (error) {
    const message = `the systems of the closet are not known: ${error instanceof Error ? error.message : String(error)}`
    return {
      systems: [],
      failure: [{ host: 'systems', code: 'exception', step: context.step, message, detail: {} }],
    }
  }
}

/** What earlier steps already know, where they answered an outcome; why not, where they were caught. */
export function earlier(
  data: unknown,
  step: string,
): { readonly failure: readonly Failure[]; readonly left: readonly Left[] } {
  if (isOutcome(data)) return { failure: data.failure, left: data.left }
  const cause = isRecord(data) ? data.cause : undefined
  if (typeof cause !== 'string') return { failure: [], left: [] }
  const reason = `they were not looked at, and are taken for what the store says: ${cause.slice(0, 500)}`
  return { failure: [], left: [{ host: 'providers', step, reason }] }
}

/** A member as a step hands it on. */
export function memberOf(
  { system, stage }: Pick<Found, 'system' | 'stage'>,
  is: ClosetMember['is'],
  closet: string,
): ClosetMember {
  const { provider, node } = system
  return { stage, is, provider, ...(node === undefined ? {} : { node }), ...called(closet) }
}

/** Its closet's name goes with a member, since steps that follow know the closet by its members alone. */
export function called(closet: string): Pick<ClosetMember, 'closet'> {
  return closet === theCloset ? {} : { closet }
}
