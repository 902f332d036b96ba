import type * as z from 'zod'
import type { Context } from '../context.ts'
import { type Hosts, isHosts } from '../hosts.ts'
import type { OnHosts, Outcome } from '../outcome.ts'
import type { OrRefs } from '../ref.ts'
import type { Effect } from '../step.ts'
import { withDefinition } from './definition-of.ts'
import { fanOut } from './fan-out.ts'
import type { HostAtWork } from './host-at-work.ts'
import { define, fromStep, type Operation, task } from './operation.ts'
import { throughRunCommand } from './run-command.ts'
import { source } from './source.ts'

/** What `hostOperation()` takes. */
export interface HostOperationOptions<P extends readonly unknown[], S extends z.ZodType, T> {
  readonly name: string
  readonly effect: Effect
  readonly schema: S
  /** From the words of a call to the arguments' data. */
  readonly args: (...parameters: P) => unknown
  /** What happens on each host. What it throws is that host's failure and nobody else's. */
  readonly each: (host: HostAtWork, args: z.output<S>, context: Context) => Promise<T>
  readonly describe?: (args: z.output<S>) => string
  /** Milliseconds that one host may take, when the arguments say so. */
  readonly timeout?: (args: z.output<S>) => number | undefined
  /** The transport that it takes, whatever its hosts name; theirs when it is left out. */
  readonly via?: string
  /** Milliseconds that a host which is not there is waited for, in addition to its time; not at all when left out. */
  readonly wait?: (args: z.output<S>) => number | undefined
  /** `false` for what takes files of whoever executes it: it stays on premises, whatever its hosts are. */
  readonly inCloud?: false
}

/** A call either starts a pipeline on hosts, or acts on what the step before hands on. */
export interface HostOperation<P extends readonly unknown[], T> {
  (on: Hosts, ...parameters: OrRefs<P>): Operation<void, Outcome<Hosts, T>>
  (...parameters: OrRefs<P>): Operation<OnHosts, Outcome<Hosts, T>>
}

/**
 * Makes an operation that does the same on every host at once, within the concurrency and the deadline of the
 * run, and answers an outcome that accounts for each of them.
 *
 * @example
 * const uptime = hostOperation({
 *   name: 'uptime',
 *   effect: 'read',
 *   schema: z.strictObject({ flag: z.string() }),
 *   args: (flag = '-p') => ({ flag }),
 *   each: async (host, { flag }) => (await host.exec(['uptime', flag])).stdout.trim(),
 * })
 * await run(pipe(uptime(hosts({ user: 'ops' }, ['foo'])), pretty()))
 */
export function hostOperation<P extends readonly unknown[], S extends z.ZodType, T>(
  options: HostOperationOptions<P, S, T>,
): HostOperation<P, T> {
  const definition = define(
    {
      name: options.name,
      site: 'onprem',
      effect: options.effect,
      schema: options.schema,
      ...(options.describe ? { describe: options.describe } : {}),
      ...(options.via === undefined && options.inCloud !== false ? { inCloud: throughRunCommand } : {}),
      handle: (data: unknown, args: z.output<S>, context: Context) =>
        fanOut(data, context, options.timeout?.(args), host => options.each(host, args, context), {
          via: options.via,
          wait: options.wait?.(args),
        }),
    },
    true,
  )
  const call = (...words: unknown[]) => {
    const [first, ...rest] = words
    if (!isHosts(first)) return fromStep(task(definition, options.args(...(words as unknown as P))))
    return fromStep({
      kind: 'pipe',
      steps: [source(first).step, task(definition, options.args(...(rest as unknown as P)))],
    })
  }
  return withDefinition(call, definition) as HostOperation<P, T>
}
