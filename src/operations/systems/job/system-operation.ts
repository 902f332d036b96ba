import type * as z from 'zod'
import type { Context } from '../../../core/context.ts'
import { type Host, type Hosts, isHosts } from '../../../core/hosts.ts'
import { withDefinition } from '../../../core/operation/definition-of.ts'
import {
  type CloudOptions,
  define,
  fromStep,
  type Operation,
  task,
} from '../../../core/operation/operation.ts'
import { source } from '../../../core/operation/source.ts'
import type { OnHosts, Outcome } from '../../../core/outcome.ts'
import type { OrRefs } from '../../../core/ref.ts'
import type { Effect } from '../../../core/step.ts'
import { handedOn, type System } from '../../../core/systems/system.ts'
import type { AtWork } from './at-work.ts'
import { eachSystem, type Turn } from './each-system.ts'
import type { JobLimits } from './options.ts'
import { withSystem } from './with-system.ts'

/** A system as an operation leaves it. `warnings`: what its provider said that a person should know. */
export type Worked = System & { readonly warnings?: readonly string[] | undefined }

/** What `systemOperation()` takes. */
export interface SystemOperationOptions<P extends readonly unknown[], S extends z.ZodType, T> {
  readonly name: string
  readonly effect: Effect
  readonly schema: S
  /** From the words of a call to the arguments' data. */
  readonly args: (...parameters: P) => unknown
  readonly limits: (args: z.output<S>) => JobLimits
  readonly describe?: (args: z.output<S>) => string
  /** How it executes in the cloud, on systems that are there; not at all when left out. */
  readonly inCloud?: CloudOptions
  /** Throws `SystemTrouble` when this can't be asked of a system at all; nothing was touched by then. */
  readonly check?: (turn: Turn, args: z.output<S>) => void
  /** An answer for a host that is no known system; without one it is refused. */
  readonly otherwise?: (host: Host, context: Context) => Promise<T | undefined>
  /** What happens to each system while it is held. */
  readonly each: (at: AtWork, args: z.output<S>, context: Context) => Promise<T>
}

/** A call either starts a pipeline on hosts that are systems, or acts on what the step before hands on. */
export interface SystemOperation<P extends readonly unknown[], T> {
  (on: Hosts, ...parameters: OrRefs<P>): Operation<void, Outcome<Hosts, T>>
  (...parameters: OrRefs<P>): Operation<OnHosts, Outcome<Hosts, T>>
}

/**
 * Makes an operation that does the same to every system that the hosts are, each under its lease, and answers an
 * outcome that accounts for each of them.
 */
export function systemOperation<P extends readonly unknown[], S extends z.ZodType, T>(
  options: SystemOperationOptions<P, S, T>,
): SystemOperation<P, T> {
  const { name, check, each, limits, otherwise } = options
  return onSystems(options, (data, args, context) =>
    eachSystem(
      data,
      context,
      limits(args),
      async (turn, context) => {
        check?.(turn, args)
        const { host, system, provider, until } = turn
        const waitMs = limits(args).wait * 1_000
        return withSystem({ host: host.name, system, provider, by: name, waitMs, until }, context, at =>
          each(at, args, context),
        )
      },
      host => otherwise?.(host, context) ?? Promise.resolve(undefined),
    ),
  )
}

/** Makes an operation that starts a pipeline on hosts, or goes on with those of the step before. */
export function onSystems<P extends readonly unknown[], S extends z.ZodType, T>(
  {
    name,
    effect,
    schema,
    args,
    describe,
    inCloud,
  }: Pick<SystemOperationOptions<P, S, T>, 'name' | 'effect' | 'schema' | 'args' | 'describe' | 'inCloud'>,
  handle: (data: unknown, args: z.output<S>, context: Context) => Promise<Outcome<Hosts, T>>,
): SystemOperation<P, T> {
  const definition = define(
    {
      name,
      site: 'onprem',
      effect,
      schema,
      handle,
      ...(describe ? { describe } : {}),
      ...(inCloud ? { inCloud } : {}),
    },
    true,
  )
  const call = (...words: unknown[]) => {
    const [first, ...rest] = words
    if (!isHosts(first)) return fromStep(task(definition, args(...(words as unknown as P))))
    const step = task(definition, args(...(rest as unknown as P)))
    return fromStep({ kind: 'pipe', steps: [source(first).step, step] })
  }
  return withDefinition(call, definition) as SystemOperation<P, T>
}

/** The system with what its provider warned of. */
export function worked({ system, warnings }: AtWork): Worked {
  return { ...handedOn(system), ...(warnings.length === 0 ? {} : { warnings }) }
}
