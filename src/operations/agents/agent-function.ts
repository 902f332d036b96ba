import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { InvalidArguments } from '../../core/errors.ts'
import type { Json } from '../../core/json.ts'

const brand = Symbol.for('re-ops.agent-function')

type AnyFunction = (...words: any[]) => unknown

/** A function that nothing more is said of. */
type SomeFunction = (arg?: any) => Json

/** An exported function of the project, by its file and name, to be bundled with what it imports. */
export interface AgentFunction<F extends AnyFunction = AnyFunction> {
  readonly [brand]: true
  /** Relative to the project, by `/`. */
  readonly file: string
  readonly name: string
  /** Carries the types; never there at run time. */
  readonly types?: F
}

/** What an agent function is as data. A path that is absolute, or leads out of the project, is refused. */
export const agentFunctionSchema = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(1_000)
    .refine(
      file =>
        !path.posix.isAbsolute(file) && !file.includes('\\') && file.split('/').every(part => part !== '..'),
      'is no path within the project',
    ),
  name: z.string().regex(/^[A-Za-z_$][\w$]{0,199}$/, 'is no name of an export'),
})

/**
 * Names a function for `evaluate` that may import what it likes: an export of a file of the project, which is bundled
 * where the step executes. The type says what it takes and answers.
 *
 * @example
 * export const usage = async (mount: string) => (await statfs(mount)).bfree
 * await run(evaluate(closet, agentFunction<typeof usage>(import.meta.url, 'usage'), '/'))
 */
export function agentFunction(url: string, name: string): AgentFunction<SomeFunction>
export function agentFunction<F extends AnyFunction>(url: string, name: string): AgentFunction<F>
export function agentFunction(url: string, name: string): AgentFunction {
  const parsed = agentFunctionSchema.safeParse({ file: withinProject(url), name })
  if (!parsed.success)
    throw new InvalidArguments(
      `agentFunction: ${parsed.error.issues.map(issue => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
    )
  return Object.freeze({ [brand]: true as const, ...parsed.data })
}

/** Whether a value names a function. */
export function isAgentFunction(value: unknown): value is AgentFunction {
  return typeof value === 'object' && value !== null && brand in value
}

/** The path from the nearest package.json: no machine's own folders get into a pipeline. */
function withinProject(url: string): string {
  let file: string
  try {
    file = fileURLToPath(url)
  } catch (cause) {
    throw new InvalidArguments(`agentFunction takes import.meta.url and was given ${JSON.stringify(url)}`, {
      cause,
    })
  }
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json')))
      return path.relative(folder, file).split(path.sep).join('/')
    // Somewhere without a project nothing is bundled; there its pipelines are only read.
    if (path.dirname(folder) === folder) return path.basename(file)
  }
}
