import { posix } from 'node:path'
import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import { hostOperation } from '../../core/operation/host-operation.ts'
import type { OrRef } from '../../core/ref.ts'
import { milliseconds, path, word } from './arguments.ts'
import { execOptions } from './exec.ts'
import { requireExit } from './exit-status.ts'
import { shellInput } from './shell-input.ts'

/** How a script runs. */
export interface ScriptOptions {
  /** The script's own arguments, `$1` and on in a shell. They arrive unchanged. */
  readonly args?: OrRef<readonly OrRef<string>[]> | undefined
  /** The program that reads the script from its stdin: `sh` when left out, or `bash`, `python3`, `perl` … */
  readonly interpreter?: OrRef<string> | undefined
  /** How long one host may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
  readonly env?: OrRef<Readonly<Record<string, OrRef<string>>>> | undefined
  /** Exit statuses that count as done; `[0]` when left out. */
  readonly ok?: OrRef<readonly number[]> | undefined
}

const schema = z.strictObject({
  text: word.refine(text => text.trim() !== '', 'is empty; give it a script to run'),
  options: z
    .strictObject({ ...execOptions, args: z.array(word).default([]), interpreter: path.default('sh') })
    .prefault({}),
})

/** Shells that take `-s --`. Other interpreters are given `-` for their script, as python3, perl and ruby want it. */
const shells = new Set(['sh', 'ash', 'bash', 'dash', 'ksh', 'mksh', 'zsh'])

/**
 * Runs a script of many lines on every host. It travels by stdin, so that nothing in it is quoted and nothing is
 * left on the host; it therefore has no stdin of its own. A shell reads the whole of it before it begins.
 *
 * Answers and fails as `exec` does.
 *
 * @example
 * await run(script(closet, `
 *   set -eu
 *   cd /srv/$1
 *   git pull --ff-only
 * `, { args: ['site'], timeout: '2m' }))
 * await run(script(closet, 'import os; print(os.cpu_count())', { interpreter: 'python3' }))
 */
export const script = hostOperation({
  name: 'script',
  effect: 'change',
  schema,
  args: (text: string, options: ScriptOptions = {}) => ({ text, options }),
  describe: ({ text, options }) => `script ${options.interpreter}: ${title(text)}`,
  timeout: ({ options }) => milliseconds(options.timeout),
  each: async (host, { text, options: { args, interpreter, env, ok } }) => {
    const isShell = shells.has(posix.basename(interpreter))
    const argv = [interpreter, ...(isShell ? ['-s', '--'] : ['-']), ...args]
    return requireExit(await host.exec(argv, { stdin: isShell ? shellInput(text) : text, env }), ok)
  },
})

/** The first line that is no comment stands for the script in plans. */
function title(text: string): string {
  const lines = text.split('\n').map(line => line.trim())
  return lines.find(line => line !== '' && !line.startsWith('#')) ?? lines.find(line => line !== '')!
}
