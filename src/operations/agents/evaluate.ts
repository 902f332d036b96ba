import { createHash } from 'node:crypto'
import * as z from 'zod'
import type { Bundle } from '../../core/bundles.ts'
import type { Context } from '../../core/context.ts'
import { InvalidArguments } from '../../core/errors.ts'
import type { Hosts } from '../../core/hosts.ts'
import { isHosts } from '../../core/hosts.ts'
import type { Json } from '../../core/json.ts'
import { definitionOf, withDefinition } from '../../core/operation/definition-of.ts'
import { hostOperation } from '../../core/operation/host-operation.ts'
import type { Operation } from '../../core/operation/operation.ts'
import type { OnHosts, Outcome } from '../../core/outcome.ts'
import type { OrRef } from '../../core/ref.ts'
import { type AgentFunction, agentFunctionSchema, isAgentFunction } from './agent-function.ts'
import { listenTo } from './console.ts'
import { textOf } from './function-text.ts'
import { type AgentOptions, agentOptions, byAgent } from './options.ts'

/** How a function is evaluated. */
export interface EvaluateOptions extends AgentOptions {
  /** Megabytes that its objects may take, and its buffers as many; 256 when left out. */
  readonly memory?: OrRef<number> | undefined
}

const schema = z.strictObject({
  fn: z.union([z.strictObject({ text: z.string().min(1).max(70_000) }), agentFunctionSchema]),
  /** Absent where the function takes none. */
  arg: z.custom<Json>().optional(),
  options: z.strictObject({ ...agentOptions, memory: z.int().min(32).max(16_384).default(256) }).prefault({}),
})

const operation = hostOperation({
  name: 'evaluate',
  effect: 'change',
  schema,
  args: (fn: z.input<typeof schema>['fn'], arg: Json | undefined, options: EvaluateOptions) => ({
    fn,
    ...(arg === undefined ? {} : { arg }),
    options,
  }),
  describe: ({ fn }) => ('text' in fn ? 'evaluate' : `evaluate ${fn.name}`),
  ...byAgent,
  each: async (host, { fn, arg, options: { memory } }, context) => {
    const { sha256, source } = await bundleOf(fn, context)
    const args = arg === undefined ? [] : [arg]
    const { onOutput, withTail } = listenTo(host.name, context)
    return host
      .call('evaluate', { bundle: sha256, args, memory }, { bundle: source, onOutput })
      .catch((error: unknown) => {
        throw withTail(error)
      })
  },
})

async function bundleOf(fn: z.output<typeof schema>['fn'], { bundles, step }: Context): Promise<Bundle> {
  if ('text' in fn) return ofText(fn.text)
  if (bundles) return bundles.bundle(fn.file, fn.name)
  throw new InvalidArguments(
    `${step}: functions of files are not bundled here; give evaluate the function itself`,
  )
}

/** A function that is its text needs no bundler. Some compilers name functions by a helper, which is not sent along. */
function ofText(text: string): Bundle {
  const source = Buffer.from(
    `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\nconst __name = fn => fn;\nexport default (${text});\n`,
  )
  return { sha256: createHash('sha256').update(source).digest('hex'), source }
}

/** What a function answers, as it arrives: nothing at all is `null`. */
// biome-ignore lint/suspicious/noConfusingVoidType: it is what a function without an answer has
export type Evaluated<R> = [Awaited<R>] extends [void] ? null : Awaited<R>

type Evaluable<A extends readonly unknown[], R> = ((...arg: A) => R) | AgentFunction<(...arg: A) => R>

/** The argument, where the function takes one, and the options. */
type Rest<A extends readonly unknown[]> = A extends readonly []
  ? [arg?: undefined, options?: EvaluateOptions]
  : undefined extends A[0]
    ? [arg?: OrRef<A[0]>, options?: EvaluateOptions]
    : [arg: OrRef<A[0]>, options?: EvaluateOptions]

/**
 * Evaluates a function on every host itself, by its agent, as a browser's page does for its driver. The function is sent
 * as text, so that it sees its argument and nothing else of what is around it; it may import what Node has
 * (`await import('node:os')`), and a function with imports of its own is named by `agentFunction`. Argument and value
 * are JSON. What it says on its console is told as the run's progress, and stands in the detail of a failure.
 *
 * Throws `InvalidArguments` for a function that plainly uses variables from around it.
 *
 * @example
 * await run(pipe(evaluate(closet, async path => (await import('node:fs')).statfsSync(path).bfree, '/'), pretty()))
 */
export function evaluate<A extends readonly [arg?: any], R>(
  on: Hosts,
  fn: Evaluable<A, R>,
  ...rest: Rest<A>
): Operation<void, Outcome<Hosts, Evaluated<R>>>
export function evaluate<A extends readonly [arg?: any], R>(
  fn: Evaluable<A, R>,
  ...rest: Rest<A>
): Operation<OnHosts, Outcome<Hosts, Evaluated<R>>>
export function evaluate(...words: unknown[]): Operation<any, any> {
  const [on, fn, arg, options] = isHosts(words[0]) ? words : [undefined, ...words]
  const asData = dataOf(fn)
  const rest = [asData, arg as Json | undefined, (options ?? {}) as EvaluateOptions] as const
  return on === undefined ? operation(...rest) : operation(on as Hosts, ...rest)
}

withDefinition(evaluate, definitionOf(operation)!)

function dataOf(fn: unknown): z.input<typeof schema>['fn'] {
  if (isAgentFunction(fn)) return { file: fn.file, name: fn.name }
  if (typeof fn === 'function') return { text: textOf(fn as (...words: any[]) => unknown) }
  throw new InvalidArguments('evaluate takes a function, or agentFunction(import.meta.url, …)')
}
