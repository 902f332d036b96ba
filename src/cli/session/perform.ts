import { type Duration, toSeconds } from '../../core/duration.ts'
import type { Flow } from '../../core/flow.ts'
import type { Operation } from '../../core/operation/operation.ts'
import { someFailed } from '../../operations/output/format/summary.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given, text, wholeNumber } from '../parse.ts'
import { reportError, statusOf } from '../report-error.ts'
import { executionDocument, refusalDocument, type Subject } from './document.ts'
import type { Ended } from './ended.ts'
import { type Interrupts, watchInterrupts } from './interrupts.ts'
import { openSession, type SessionOptions } from './session.ts'

/** What is to be run. */
export interface Work {
  readonly operation: Operation<any, unknown>
  readonly input: unknown
  readonly loaded: LoadedConfig
  readonly flows?: ReadonlyMap<string, Flow> | undefined
}

/**
 * What `run` and `exec` share: prepares the work, runs it on a session with live lines and Ctrl-C, prints how it
 * ended (or the one document of `--json`), and answers the exit status.
 */
export async function perform(
  context: CommandContext,
  args: Args,
  subject: Subject,
  prepare: () => Promise<Work>,
): Promise<number> {
  const json = given(args, 'json')
  const own = given(args, 'no-color') || json ? withoutColor(context) : context
  const interrupts = watchInterrupts(own, text => void own.stderr.write(`reops: ${text}\n`))
  try {
    const ended = await execute(own, await prepare(), sessionFlags(args), interrupts)
    if (json) print(own, executionDocument(subject, ended))
    return conclude(own, args, ended, interrupts)
  } catch (error) {
    if (json) print(own, refusalDocument(subject, error))
    throw error
  } finally {
    interrupts.stop()
  }
}

async function execute(
  context: CommandContext,
  { loaded, flows, operation, input }: Work,
  flags: Omit<SessionOptions, 'loaded'>,
  { signal }: Interrupts,
): Promise<Ended> {
  const session = openSession(context, { ...flags, loaded, flows })
  try {
    const ended = await session.execute(operation, input, signal)
    session.printer.ended(ended)
    return ended
  } finally {
    await session.close()
  }
}

function conclude(context: CommandContext, args: Args, ended: Ended, interrupts: Interrupts): number {
  if (ended.status === 'cancelled') return interrupts.status ?? 130
  if (ended.error === undefined) return ended.status === 'failed' || someFailed(ended.summary) ? 1 : 0
  reportError(ended.error, context, given(args, 'debug'))
  return statusOf(ended.error)
}

/** The flags that bound an execution. Throws `UsageError` and `InvalidArguments`. */
export function sessionFlags(args: Args): Omit<SessionOptions, 'loaded'> {
  const timeout = text(args, 'timeout')
  return {
    json: given(args, 'json'),
    quiet: given(args, 'quiet'),
    concurrency: wholeNumber(args, 'concurrency', 1, 1_000),
    timeout: timeout === undefined ? undefined : toSeconds(durationOf(timeout), '--timeout'),
  }
}

/** A bare number is seconds. */
function durationOf(text: string): Duration {
  return /^\d+$/.test(text) ? Number(text) : (text as Duration)
}

function print({ stdout }: CommandContext, document: object): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}
