import * as z from 'zod'
import type { Context } from '../../core/context.ts'
import { type Duration, toSeconds } from '../../core/duration.ts'
import { type Hosts, isHosts } from '../../core/hosts.ts'
import { isRecord } from '../../core/json.ts'
import { withDefinition } from '../../core/operation/definition-of.ts'
import { fanOut } from '../../core/operation/fan-out.ts'
import type { HostAtWork } from '../../core/operation/host-at-work.ts'
import type { HostOperation } from '../../core/operation/host-operation.ts'
import { define, fromStep, task } from '../../core/operation/operation.ts'
import { throughRunCommand } from '../../core/operation/run-command.ts'
import { source } from '../../core/operation/source.ts'
import { isOutcome, type Outcome } from '../../core/outcome.ts'
import type { OrRef } from '../../core/ref.ts'
import type { Definition } from '../../core/step.ts'

/** What every resource answers for a host. */
export interface Changed {
  readonly changed: boolean
  /** What was changed, in words; when only checked, what would be. */
  readonly what: readonly string[]
}

/** What comes with the answer of a resource besides its own. */
export interface InPipe {
  /** Changes of this host so far along the pipe, this one included, by which a service knows that it is to restart. */
  readonly changes: number
  /** It was only looked at. */
  readonly checked?: true
}

/** What a resource is told besides its arguments. */
export interface AboutResource {
  /** It is only looked at: what would be changed is answered, and nothing is changed. */
  readonly check: boolean
  /** Changes of this host so far along the pipe. */
  readonly changes: number
  readonly context: Context
}

/** What `resource()` takes. */
export interface ResourceOptions<P extends readonly unknown[], S extends z.ZodRawShape, T extends Changed> {
  readonly name: string
  /** The shape of the arguments; `check` is added to it. */
  readonly shape: S
  /** From the words of a call to the arguments' data. */
  readonly args: (...parameters: P) => unknown
  readonly describe: (args: z.output<z.ZodObject<S>>) => string
  /** Which transport is taken, by what a host names; that one when it is left out. */
  readonly via?: (own: string) => string
  /** Throws where the world lacks what it needs, before any host is reached. */
  readonly require?: (context: Context) => void
  /** Looks at one host, changes what differs unless it is only checked, and says what that was. */
  readonly each: (host: HostAtWork, args: z.output<z.ZodObject<S>>, about: AboutResource) => Promise<T>
}

/** Options that all resources take. */
export interface CommonOptions {
  /** Act as root: by `sudo -n` where the login isn't root. `true` when left out. */
  readonly become?: OrRef<boolean> | undefined
  /** How long one host may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
}

/** Their schema. */
export const common = {
  become: z.boolean().default(true),
  timeout: z
    .custom<Duration>()
    .transform(value => toSeconds(value, 'timeout'))
    .optional(),
}

/**
 * Makes a resource: an operation on hosts that says how things are to be, changes only what differs, and answers
 * whether that was anything. Under `checkOnly` it changes nothing.
 *
 * @example
 * const timezone = resource({
 *   name: 'timezone',
 *   shape: { zone: z.string().regex(/^\w+(?:\/\w+)*$/) },
 *   args: (zone: string) => ({ zone }),
 *   describe: ({ zone }) => `timezone ${zone}`,
 *   each: async (host, { zone }, { check }) => {
 *     const now = (await host.exec(['timedatectl', 'show', '-P', 'Timezone'])).stdout.trim()
 *     if (now !== zone && !check) await host.exec(['timedatectl', 'set-timezone', zone])
 *     return { changed: now !== zone, what: now === zone ? [] : [`${now} → ${zone}`] }
 *   },
 * })
 */
export function resource<P extends readonly unknown[], S extends z.ZodRawShape, T extends Changed>(
  options: ResourceOptions<P, S, T>,
): HostOperation<P, T & InPipe> {
  type Args = z.output<z.ZodObject<S>>
  const definition: Definition = {
    ...define(
      {
        name: options.name,
        site: 'onprem',
        effect: 'idempotent',
        schema: z.strictObject({ ...options.shape, check: z.boolean().default(false) }),
        describe: args => options.describe(args as Args),
        ...(options.via === undefined ? { inCloud: throughRunCommand } : {}),
        handle: (data: unknown, args: unknown, context: Context) => {
          const { check } = args as { check: boolean }
          const changes = changesIn(data)
          options.require?.(context)
          const each = async (host: HostAtWork) => {
            const before = changes.get(host.name) ?? 0
            const value = await options.each(host, args as Args, { check, changes: before, context })
            const after = { changes: before + (value.changed ? 1 : 0), ...(check ? { checked: true } : {}) }
            return { ...value, ...after }
          }
          return fanOut(data, context, milliseconds(args), each, { via: options.via })
        },
      },
      true,
    ),
    checks: true,
  }
  const call = (...words: unknown[]) => {
    const [first, ...rest] = words
    if (!isHosts(first)) return fromStep(task(definition, options.args(...(words as unknown as P))))
    const step = task(definition, options.args(...(rest as unknown as P)))
    return fromStep({ kind: 'pipe', steps: [source<Hosts>(first).step, step] })
  }
  return withDefinition(call, definition) as HostOperation<P, T & InPipe>
}

/** What one host may take, in milliseconds, when the options say so. */
function milliseconds(args: unknown): number | undefined {
  const options = isRecord(args) ? args.options : undefined
  const seconds = isRecord(options) ? options.timeout : undefined
  return typeof seconds === 'number' ? seconds * 1_000 : undefined
}

/** How many changes each host has had, as the resource before counted them. */
function changesIn(data: unknown): ReadonlyMap<string, number> {
  if (!isOutcome(data)) return new Map()
  const { successful } = data as Outcome<Hosts, unknown>
  return new Map(successful.map(({ host, value }) => [host, changesOf(value)]))
}

/** Changes so far that an answer tells of: a resource's own count, or what says of itself that it changed. */
export function changesOf(value: unknown): number {
  if (!isRecord(value)) return 0
  return typeof value.changes === 'number' ? value.changes : value.changed === true ? 1 : 0
}
