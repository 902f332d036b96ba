import * as z from 'zod'
import { pipe } from '../combinators/pipe.ts'
import { explainIssues, InvalidArguments } from '../errors.ts'
import { type Flow, flow } from '../flow.ts'
import { type Hosts, hostsSchema } from '../hosts.ts'
import type { Json } from '../json.ts'
import { checkOnly } from '../operation/check-only.ts'
import { transform } from '../operation/map.ts'
import { isOperation, type Operation } from '../operation/operation.ts'
import { source } from '../operation/source.ts'
import type { OnHosts, Outcome } from '../outcome.ts'
import type { Ref, Refs } from '../ref.ts'
import { type DoneStep, recordSteps, stepsOf } from './record-steps.ts'
import { inOrder, type Type, type Types } from './type.ts'
import type { TypesPort } from './types-port.ts'

/** Where a flow keeps the type that it was made of. */
const provisions = Symbol.for('re-ops.type-flow')

/** What became of a system that was provisioned, or would become of it. */
export interface Provisioned {
  readonly type: string
  /** Steps that changed something. */
  readonly changed: number
  readonly steps: readonly DoneStep[]
}

/** The names of the flows that go through a type's plan: for real, and only to look. Exports are never called so. */
export const provisionFlow = (id: string): string => `provision-${id}`
export const planFlow = (id: string): string => `plan-${id}`

/**
 * Types as flows, so that provisioning is executed, journalled and gone on with as every flow is: `provision-redis` and
 * `plan-redis`, with hosts and arguments for input.
 */
export function typeFlows(types: Types): ReadonlyMap<string, Flow> {
  return new Map(
    [...types].flatMap(([id, type]): [string, Flow][] => [
      [
        provisionFlow(id),
        mark(
          typeFlow(id, types, pipeline => pipeline, `provision ${id}`),
          id,
          type,
        ),
      ],
      [planFlow(id), mark(typeFlow(id, types, checkOnly, `what provision-${id} would change`), id, type)],
    ]),
  )
}

/** What the types that some flows were made of say of themselves. */
export function typesPort(flows: ReadonlyMap<string, Flow>): TypesPort {
  const types = typesOf(flows)
  return {
    list: () =>
      [...types].map(([id, { description, exposes, args }]) => ({
        id,
        description,
        exposes,
        needs: inOrder(id, types).slice(0, -1),
        args: z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }) as Json,
      })),
    problemOf: (id, given) => {
      const type = types.get(id)
      const known =
        types.size > 0 ? `there are ${[...types.keys()].join(', ')}` : 'flows/index.ts exports none'
      if (type === undefined) return `there is no type ${JSON.stringify(id)}; ${known}`
      const parsed = type.args.safeParse(given)
      return parsed.success
        ? undefined
        : `type ${id} can't be made with these arguments: ${explainIssues(parsed.error.issues)}`
    },
  }
}

function typesOf(flows: ReadonlyMap<string, Flow>): Types {
  const types = new Map<string, Type>()
  for (const one of flows.values()) {
    const made = (one as { [provisions]?: { readonly id: string; readonly type: Type } })[provisions]
    if (made) types.set(made.id, made.type)
  }
  return types
}

/** The outcome of a plan that was gone through, as an outcome of systems. */
export function tally(outcome: Outcome<Hosts, unknown>, type: string): Outcome<Hosts, Provisioned> {
  const value = (steps: readonly DoneStep[]): Provisioned => ({
    type,
    changed: steps.filter(({ changed }) => changed === true).length,
    steps,
  })
  return {
    ...outcome,
    successful: outcome.successful.map(one => ({ host: one.host, ms: one.ms, value: value(stepsOf(one)) })),
  }
}

type Whole = Operation<OnHosts, Outcome<Hosts, unknown>>

function typeFlow(id: string, types: Types, as: (pipeline: Whole) => Whole, description: string): Flow {
  const type = types.get(id)!
  return flow({
    description: type.description && as !== checkOnly ? `${description}: ${type.description}` : description,
    input: z.strictObject({ on: hostsSchema, args: type.args.prefault({}) }),
    steps: input => {
      const { on, args } = input as { on: Ref<Hosts>; args: Refs<unknown> }
      const plans = inOrder(id, types).map(each =>
        planOf(each, types.get(each)!, each === id ? args : types.get(each)!.args.parse({})),
      )
      const plan = plans.reduce((before, after) => pipe(before, after) as Whole)
      const end = transform((outcome: Outcome<Hosts, unknown>) => tally(outcome, id))
      return pipe(source<Hosts>(on), recordSteps(as(plan)), end)
    },
  })
}

function planOf(id: string, type: Type, args: unknown): Whole {
  const plan = type.plan(args as Refs<unknown>)
  if (isOperation(plan)) return plan
  throw new InvalidArguments(
    `type ${id}: its plan answers no pipeline; let it answer an operation, or a pipe(…)`,
  )
}

function mark(one: Flow, id: string, type: Type): Flow {
  return Object.freeze({ ...one, [provisions]: { id, type } })
}
