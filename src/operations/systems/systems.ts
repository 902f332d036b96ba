import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import { UnexpectedData } from '../../core/errors.ts'
import { type Hosts, isHosts, narrow } from '../../core/hosts.ts'
import { closureDefinition, closureTask } from '../../core/operation/closures.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { define, fromStep, type Operation, task } from '../../core/operation/operation.ts'
import { isOutcome, type Outcome } from '../../core/outcome.ts'
import type { Closure, Step } from '../../core/step.ts'
import { criterionSchema } from '../../core/systems/criteria.ts'
import { type Criterion, isOn } from '../../core/systems/criterion.ts'
import { type SystemPredicate, splitPredicates } from '../../core/systems/select.ts'
import type { System } from '../../core/systems/system.ts'
import { systemsOf } from './job/wired.ts'
import { outcomeOfSystems } from './outcome.ts'
import { storeReading } from './permissions.ts'

const schema = z.strictObject({ criterion: criterionSchema })

const systemsDefinition = define({
  name: 'systems',
  site: 'onprem',
  effect: 'read',
  schema,
  inCloud: {
    capability: 'store',
    permissions: storeReading,
    timeoutSeconds: 60,
    begins: ({ criterion }: z.output<typeof schema>) => isOn('ec2', criterion),
  },
  describe: ({ criterion }: z.output<typeof schema>) => `systems ${said(criterion)}`.trim(),
  handle: async (_data: unknown, { criterion }, context: Context) => {
    const systems = systemsOf(context)
    return outcomeOfSystems(await (await systems.store()).list(criterion), systems)
  },
})

const selectDefinition = closureDefinition('select')

/**
 * Selects systems from the store; all of them without a condition. Conditions compose: each has to fit. Those that are
 * data (`running`, `typed('redis')`, `hypervisor('big-iron')` …) are asked of the store, functions of yours then
 * narrow what it found. Answers the systems as hosts, each with its own address, user and key, and with the system as
 * its value, so that every operation on hosts goes on from here. To find none is no failure.
 *
 * @example
 * await run(pipe(systems(typed('redis'), running), exec('uptime'), pretty()))
 * await run(pipe(systems(system => (system.ram ?? 0) > 4096), pretty()))
 */
export function systems(...predicates: SystemPredicate[]): Operation<void, Outcome<Hosts, System>> {
  const { criterion, functions } = splitPredicates(predicates)
  const steps: Step[] = [task(systemsDefinition, { criterion })]
  for (const fits of functions) {
    const closure: Closure = (data, _about, step) => select(data, step, fits)
    steps.push(closureTask(selectDefinition, fits, closure))
  }
  return fromStep(steps.length === 1 ? steps[0]! : { kind: 'pipe', steps })
}

withDefinition(systems, systemsDefinition)

/** A condition for plans and names of states: `type redis and state running`. */
function said(criterion: Criterion): string {
  switch (criterion.where) {
    case 'all':
      return ''
    case 'both':
      return criterion.both.map(said).join(' and ')
    case 'either':
      return `(${criterion.either.map(said).join(' or ')})`
    case 'not':
      return `not ${said(criterion.not)}`
    default: {
      const { where, ...values } = criterion
      return [where, ...Object.values(values).flat()].join(' ')
    }
  }
}

/** What a function leaves out was never selected, so that it is not accounted for as left. */
function select(data: unknown, step: string, fits: (system: System) => boolean): Outcome<Hosts, System> {
  if (!isOutcome(data) || !isHosts(data.on))
    throw new UnexpectedData(`${step} narrows a selection of systems; it was given ${typeof data}`)
  const outcome = data as Outcome<Hosts, System>
  const successful = outcome.successful.filter(({ value }) => fits(value))
  return { ...outcome, on: narrow(outcome.on, new Set(successful.map(({ host }) => host))), successful }
}
