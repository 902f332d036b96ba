import * as z from 'zod'
import { explainIssues, InvalidArguments } from '../errors.ts'
import type { Hosts } from '../hosts.ts'
import type { Operation } from '../operation/operation.ts'
import type { OnHosts, Outcome } from '../outcome.ts'
import type { Refs } from '../ref.ts'
import { plainName } from './parts.ts'
import type { Exposed } from './types-port.ts'

const brand = Symbol.for('re-ops.type')

/** The pipeline that makes a system what its type says. */
export type Plan<A = any> = (args: A) => Operation<OnHosts, Outcome<Hosts, unknown>>

/** How systems are provisioned. Its id is the name that `flows/index.ts` exports it by. */
export interface Type {
  readonly [brand]: true
  readonly description: string
  readonly args: z.ZodType
  readonly plan: Plan
  readonly exposes: readonly Exposed[]
  readonly needs: () => readonly Type[]
}

/** What `type()` takes. */
export interface TypeOptions<S extends z.ZodType> {
  /** One line for `reops types`. */
  readonly description?: string
  /** The shape of what systems of this type may be given; nothing when left out. */
  readonly args?: S
  /** Builds the pipeline: its argument's properties stand for the arguments of the systems at hand. */
  readonly plan: Plan<Refs<z.output<S>>>
  readonly exposes?: readonly Exposed[]
  /**
   * Types whose plans are gone through before, without arguments. A function, where types are written in an order in
   * which the needed one is not there yet.
   */
  readonly needs?: readonly Type[] | (() => readonly Type[])
}

const exposed = z.array(
  z.strictObject({
    name: plainName,
    port: z.int().min(1).max(65_535),
    protocol: z.enum(['tcp', 'udp']),
  }),
)

/**
 * Says how systems of a type are provisioned. Its id is the name that `flows/index.ts` exports it by, and by which
 * `typed('redis')` calls it.
 *
 * @example
 * export const redis = type({
 *   args: z.strictObject({ port: z.int().default(6379) }),
 *   plan: args => pipe(
 *     packages(['redis-server']),
 *     lineInFile('/etc/redis/redis.conf', 'supervised systemd', { matching: '^#? ?supervised ' }),
 *     service('redis-server', { running: true, enabled: true, restart: 'when-changed' }),
 *   ),
 *   exposes: [{ name: 'redis', port: 6379, protocol: 'tcp' }],
 * })
 */
export function type<S extends z.ZodType = z.ZodObject<Record<never, never>, z.core.$strict>>(
  options: TypeOptions<S>,
): Type {
  const { plan, needs = [], description = '', args = z.strictObject({}) } = options
  if (typeof plan !== 'function')
    throw new InvalidArguments('type: plan is a function that answers a pipeline on hosts')
  const exposes = exposed.safeParse(options.exposes ?? [])
  if (!exposes.success) throw new InvalidArguments(`type: exposes: ${explainIssues(exposes.error.issues)}`)
  return Object.freeze({
    [brand]: true as const,
    description,
    args,
    plan,
    exposes: exposes.data,
    needs: typeof needs === 'function' ? needs : () => needs,
  })
}

/** Whether a value is a type of systems. */
export function isType(value: unknown): value is Type {
  return typeof value === 'object' && value !== null && brand in value
}

/** Types by their ids. */
export type Types = ReadonlyMap<string, Type>

/**
 * The types among what a module exports. Throws `InvalidArguments`, which names the type, for an id that is no name, for
 * needs that are not exported or go in a circle, and for a needed type that can't do without arguments.
 */
export function typesIn(exported: Readonly<Record<string, unknown>>): Types {
  const types = new Map(Object.entries(exported).filter((entry): entry is [string, Type] => isType(entry[1])))
  for (const id of types.keys()) {
    if (!plainName.max(60).safeParse(id).success)
      throw new InvalidArguments(
        `type ${id}: its name is that of its systems' type, which has up to 60 letters, digits and underscores; export it by another name`,
      )
    inOrder(id, types)
  }
  return types
}

/** A type with those that it needs, which come before it, each once. Throws `InvalidArguments`. */
export function inOrder(id: string, types: Types): readonly string[] {
  const done: string[] = []
  const visit = (at: string, above: readonly string[]): void => {
    if (above.includes(at))
      throw new InvalidArguments(
        `type ${at} needs itself: ${[...above.slice(above.indexOf(at)), at].join(' needs ')}; take one of them out of needs`,
      )
    if (done.includes(at)) return
    for (const needed of types.get(at)?.needs() ?? []) visit(idOf(needed, at, types), [...above, at])
    done.push(at)
  }
  visit(id, [])
  return done
}

function idOf(needed: Type, by: string, types: Types): string {
  const found = [...types].find(([, type]) => type === needed)?.[0]
  if (found === undefined)
    throw new InvalidArguments(
      `type ${by} needs a type that is not exported; export it from flows/index.ts, so that it has a name`,
    )
  const parsed = needed.args.safeParse({})
  if (parsed.success) return found
  throw new InvalidArguments(
    `type ${by} needs ${found}, whose plan can't do without arguments (${explainIssues(parsed.error.issues)}); give them defaults`,
  )
}
