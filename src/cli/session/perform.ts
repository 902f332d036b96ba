import type { Flow } from '../../core/flow.ts'
import type { Execution } from '../../core/runtime.ts'
import { someFailed } from '../../operations/output/format/summary.ts'
import type { LoadedConfig } from '../../run/config.ts'
import type { LocalRuntime } from '../../run/local-runtime.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import { type CommandContext, interruptStatus } from '../context.ts'
import { given } from '../parse.ts'
import { reportError, statusOf } from '../report-error.ts'
import { executionDocument, leftDocument, refusalDocument, type Subject } from './document.ts'
import type { Ended } from './ended.ts'
import { sessionFlags } from './flags.ts'
import { watchInterrupts } from './interrupts.ts'
import { openSession, type SessionOptions } from './session.ts'

/** What is to be run. */
export interface Work {
  begin(runtime: LocalRuntime, signal: AbortSignal): Promise<Execution<unknown>>
  readonly loaded: LoadedConfig
  readonly flows?: ReadonlyMap<string, Flow> | undefined
}

/** What became of it: how it ended, or that it goes on without us. `status` is the exit status that a Ctrl-C asks for. */
export type Performed =
  | { readonly ended: Ended; readonly status: number | undefined }
  | { readonly left: string; readonly status: number }

/**
 * What `run`, `exec` and `redrive` share: prepares the work, runs it on a session with live lines and Ctrl-C, prints how it
 * ended (or the one document of `--json`), and answers the exit status.
 */
export function perform(
  context: CommandContext,
  args: Args,
  subject: Subject,
  prepare: () => Promise<Work>,
): Promise<number> {
  return performBy(context, args, subject, async own => {
    const flags = sessionFlags(args)
    return execute(own, await prepare(), flags)
  })
}

/** The same for work that is done in another way than by a session. */
export async function performBy(
  context: CommandContext,
  args: Args,
  subject: Subject,
  work: (context: CommandContext) => Promise<Performed>,
): Promise<number> {
  const json = given(args, 'json')
  const own = given(args, 'no-color') || json ? withoutColor(context) : context
  try {
    const performed = await work(own)
    if ('left' in performed) {
      if (json) print(own, leftDocument(subject, performed.left))
      return performed.status
    }
    const { ended, status } = performed
    if (json) print(own, executionDocument(subject, ended))
    return conclude(own, args, ended, status)
  } catch (error) {
    if (json) print(own, refusalDocument(subject, error))
    throw error
  }
}

/** Runs the work on a session of its own. */
async function execute(
  context: CommandContext,
  { loaded, flows, begin }: Work,
  flags: Omit<SessionOptions, 'loaded'>,
): Promise<Performed> {
  const session = openSession(context, { ...flags, loaded, flows })
  const interrupts = watchInterrupts(context, session.printer.notice)
  try {
    const ended = await session.execute(runtime => begin(runtime, interrupts.signal))
    session.printer.ended(ended)
    return { ended, status: interrupts.status }
  } finally {
    await session.close()
    interrupts.stop()
  }
}

function conclude(context: CommandContext, args: Args, ended: Ended, status: number | undefined): number {
  if (ended.status === 'cancelled') return status ?? interruptStatus.SIGINT
  if (ended.error === undefined) return ended.status === 'failed' || someFailed(ended.summary) ? 1 : 0
  reportError(ended.error, context, given(args, 'debug'))
  return statusOf(ended.error)
}

function print({ stdout }: CommandContext, document: object): void {
  stdout.write(`${JSON.stringify(document, null, 2)}\n`)
}
