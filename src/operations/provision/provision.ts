import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import type { Duration } from '../../core/duration.ts'
import { type Host, type Hosts, isHosts, withDefaults } from '../../core/hosts.ts'
import type { Json } from '../../core/json.ts'
import { accounted, hostsBefore, outcomeOf } from '../../core/operation/accounted.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { inParallel } from '../../core/operation/in-parallel.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import { source } from '../../core/operation/source.ts'
import type { OnHosts, Outcome } from '../../core/outcome.ts'
import type { OrRef } from '../../core/ref.ts'
import type { Definition } from '../../core/step.ts'
import type { System, SystemState } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Provisioned } from '../../core/systems/type-flows.ts'
import { duration } from '../remote/arguments.ts'
import type { AtWork } from '../systems/job/at-work.ts'
import { jobGrace } from '../systems/job/each-system.ts'
import { knownSystems } from '../systems/job/known.ts'
import { span } from '../systems/job/options.ts'
import { toTrouble } from '../systems/job/trouble.ts'
import { systemsOf } from '../systems/job/wired.ts'
import { withSystem } from '../systems/job/with-system.ts'
import { Group, type Went } from './provision/group.ts'

export interface ProvisionOptions {
  /** Say what would be changed, and change nothing. `false` when left out. */
  readonly plan?: boolean | undefined
  /** How long all of it may take; four hours when left out. Each step of a plan has its own limit a host besides. */
  readonly timeout?: OrRef<Duration> | undefined
  /** How long to wait for somebody else who is at work on a system; a minute when left out, 0 refuses at once. */
  readonly wait?: OrRef<Duration | 0> | undefined
}

const fourHours = 4 * 3_600

const schema = z.strictObject({
  check: z.boolean().default(false),
  options: z.strictObject({ timeout: duration.default(fourHours), wait: span.default(60) }).prefault({}),
})

type Args = z.output<typeof schema>

const definition: Definition = {
  ...define(
    {
      name: 'provision',
      site: 'onprem',
      effect: 'idempotent',
      schema,
      describe: ({ check }) => (check ? 'plan the provisioning of' : 'provision'),
      handle: provisionAll,
    },
    true,
  ),
  checks: true,
}

/**
 * Goes through the plan of each system's type, after those of the types that it needs, with the arguments of the system.
 * Systems of one type with equal arguments go together, in an execution of their own that `reops executions` shows and
 * that a killed process leaves to be gone on with. Each system is held meanwhile and its state is `provisioning`; then it
 * is `running` again, with `provisioned` when all went through, and with `problem` and `stage` when it didn't.
 *
 * Answers `{ type, changed, steps }` for each: how many steps changed something, and which. What is no known system, has
 * no type, or doesn't run fails with code `refused`, before anything is touched. `plan: true`, and `checkOnly`, hold
 * nothing, write nothing down, and tell what would be changed.
 *
 * @example
 * await run(pipe(create(kvm('big-iron'), medium, typed('redis'), named('redis'), 3), provision(), pretty()))
 * await run(pipe(systems(typed('redis')), provision({ plan: true }), pretty()))
 */
export function provision(on: Hosts, options?: ProvisionOptions): Operation<void, Outcome<Hosts, Provisioned>>
export function provision(options?: ProvisionOptions): Operation<OnHosts, Outcome<Hosts, Provisioned>>
export function provision(
  first: Hosts | ProvisionOptions = {},
  second: ProvisionOptions = {},
): Operation<any, Outcome<Hosts, Provisioned>> {
  const { plan = false, ...options } = isHosts(first) ? second : first
  const step = task(definition, { check: plan, options })
  return fromStep(isHosts(first) ? { kind: 'pipe', steps: [source(first).step, step] } : step)
}

withDefinition(provision, definition)

/** A system that can be provisioned. */
interface Chosen {
  readonly host: Host
  readonly system: System
  readonly group: Group
}

async function provisionAll(
  data: unknown,
  args: Args,
  context: Context,
): Promise<Outcome<Hosts, Provisioned>> {
  const before = hostsBefore(data, context.step)
  context.progress({ kind: 'hosts', step: context.step, hosts: before.on.hosts.map(({ name }) => name) })
  const chosen = await choose(before.on, args, context)
  const limits = { timeout: args.options.timeout * 1_000, grace: jobGrace }
  // All at once: systems of a group wait for each other, and the plan itself keeps to how many hosts it may have.
  const results = await inParallel(chosen, chosen.length, one =>
    accounted(one.host.name, context, limits, allowed => {
      if ('trouble' in one) throw one.trouble
      return provisionOne(one, args, context, context.clock.now() + allowed)
    }),
  )
  return outcomeOf(before, results)
}

/** Puts systems of one type with equal arguments together. What can't be provisioned is said before anything is held. */
async function choose(
  on: Hosts,
  { check }: Args,
  context: Context,
): Promise<readonly (Chosen | { readonly host: Host; readonly trouble: Error })[]> {
  const { hostOf } = systemsOf(context)
  const known = (await knownSystems(on, context)).map(one => {
    const trouble = 'system' in one ? problemOf(one.system, context) : one.trouble
    return trouble ? { host: one.host, trouble } : (one as { host: Host; system: System })
  })
  const ways = known.map(one =>
    'system' in one
      ? { ...hostOf(one.system), ...withDefaults(on, one.host), system: one.system.id }
      : one.host,
  )
  const keys = known.map((one, index) =>
    'system' in one ? `${ways[index]!.via ?? on.via} ${plannedAs(one.system)}` : '',
  )
  const groups = new Map<string, Group>()
  return known.map((one, index) => {
    if (!('system' in one)) return one
    const key = keys[index]!
    const parts = { type: one.system.type!, args: argsOf(one.system), via: ways[index]!.via ?? on.via, check }
    const size = keys.filter(other => other === key).length
    const group = groups.get(key) ?? new Group({ ...parts, size }, context)
    groups.set(key, group)
    return { host: ways[index]!, system: one.system, group }
  })
}

/** What a system's plan depends on. */
function plannedAs(system: System): string {
  return JSON.stringify([system.type, argsOf(system)])
}

/** Equal arguments are equal whatever the order in which they are written. */
function argsOf({ args = {} }: System): Json {
  return Object.fromEntries(Object.entries(args).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** States in which a plan may be gone through; `provisioning` and `broken` are what an earlier attempt left. */
const ready: ReadonlySet<SystemState> = new Set(['running', 'provisioning', 'broken', 'unknown'])

function problemOf(system: System, { types }: Context): SystemTrouble | undefined {
  const { hostname, type, state } = system
  if (type === undefined)
    return new SystemTrouble(
      'refused',
      `${hostname} has no type, so that there is no plan for it; create systems with typed('…')`,
    )
  const problem = types
    ? types.problemOf(type, argsOf(system))
    : 'no flows are loaded here, so that no types are known; run it by the reops command, or at its prompt'
  if (problem !== undefined) return new SystemTrouble('refused', `${hostname}: ${problem}`)
  if (ready.has(state)) return undefined
  return new SystemTrouble(
    'refused',
    `${hostname} is ${state}; it is provisioned when it runs: start it before`,
  )
}

async function provisionOne(
  { host, system, group }: Chosen,
  { check, options }: Args,
  context: Context,
  until: number,
): Promise<Provisioned> {
  let came = false
  const go = () => {
    came = true
    return group.go(host)
  }
  try {
    if (check) return (await go()).value
    const provider = await systemsOf(context).provider(system.provider)
    const wanted = { host: host.name, system, provider, by: 'provision', waitMs: options.wait * 1_000, until }
    return await withSystem(wanted, context, async at => {
      const problem = problemOf(at.system, context)
      if (problem) throw problem
      if (plannedAs(at.system) !== plannedAs(system))
        throw new SystemTrouble(
          'busy',
          `${host.name} got another type or other arguments meanwhile; run this again`,
        )
      return underway(at, context, go)
    })
  } catch (error) {
    throw toTrouble(error, context.signal)
  } finally {
    if (!came) group.dropOut()
  }
}

/** Goes through the plan while the system's record says so, and writes down how that ended. */
async function underway(at: AtWork, context: Context, go: () => Promise<Went>): Promise<Provisioned> {
  const { state: before, type = '' } = at.system
  await at.change({ state: 'provisioning', stage: `provision: ${type}`, problem: undefined })
  let went: Went
  try {
    went = await go()
  } catch (error) {
    const trouble = toTrouble(error, at.job.signal)
    // A lost lease is somebody else's now, and so is the record.
    const state = before === 'broken' || before === 'unknown' ? before : 'running'
    if (!at.lost) await at.change({ state, stage: stageOf(trouble), problem: trouble.message })
    throw trouble
  }
  const provisioned = { at: context.clock.now(), type, version: went.version }
  await at.change({ state: 'running', stage: undefined, problem: undefined, provisioned })
  return went.value
}

function stageOf(trouble: Error): string {
  const { stage } = trouble instanceof SystemTrouble ? trouble.detail : {}
  return typeof stage === 'string' ? `provision: ${stage}` : 'provision'
}
