import * as z from 'zod'
import type { Duration } from '../../core/duration.ts'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import type { OrRef } from '../../core/ref.ts'
import { type Command, command, duration, env, milliseconds, ok } from './arguments.ts'
import { requireExit } from './exit-status.ts'

/** How a command runs. */
export interface ExecOptions {
  /** How long one host may take; the run's own limit when it is left out. */
  readonly timeout?: OrRef<Duration> | undefined
  /** What the command reads. Nothing when it is left out. */
  readonly stdin?: OrRef<string> | undefined
  readonly env?: OrRef<Readonly<Record<string, OrRef<string>>>> | undefined
  /** Exit statuses that count as done; `[0]` when left out. */
  readonly ok?: OrRef<readonly number[]> | undefined
}

/** What `exec` and `script` share. */
export const execOptions = {
  timeout: duration.optional(),
  env: env.optional(),
  ok,
}

const schema = z.strictObject({
  command,
  options: z.strictObject({ ...execOptions, stdin: z.string().optional() }).prefault({}),
})

/**
 * Runs a command on every host. A string goes to the host's own shell as it is; a list is a program and its
 * arguments, each of which arrives unchanged, whatever it holds. Answers `{ stdout, stderr, exit }`, and in `kept`
 * where the whole of a large output is.
 *
 * A host whose exit status is not in `ok`, or whose command was ended by a signal, fails with code `exit`; the
 * result is in the failure's `detail`.
 *
 * @example
 * await run(pipe(exec(closet, 'df -P / | tail -1'), pretty()))
 * await run(exec(closet, ['grep', '-c', "it's", '/var/log/messages'], { ok: [0, 1], timeout: '30s' }))
 */
export const exec = hostOperation({
  name: 'exec',
  effect: 'change',
  schema,
  args: (command: Command, options: ExecOptions = {}) => ({ command, options }),
  describe: ({ command }) => `exec ${typeof command === 'string' ? command : quote(command)}`,
  timeout: ({ options }) => milliseconds(options.timeout),
  each: async (host, { command, options: { stdin, env, ok } }) =>
    requireExit(await host.exec(command, { stdin, env }), ok),
})
