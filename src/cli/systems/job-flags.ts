import type { Duration } from '../../core/duration.ts'
import type { JobOptions, ReadyOptions } from '../../operations/systems/index.ts'
import type { Args } from '../command.ts'
import { given, text, wholeNumber } from '../parse.ts'
import { secondsOf } from '../session/flags.ts'

/** A length of time that may be none. */
export function spanOf(args: Args, name: string): Duration | 0 | undefined {
  return /^0[smhd]?$/.test(text(args, name) ?? '') ? 0 : secondsOf(args, name)
}

/** What the flags say to every operation on systems; `--timeout` is the session's. */
export function jobOptions(args: Args): JobOptions {
  const wait = spanOf(args, 'wait')
  const perNode = wholeNumber(args, 'per-node', 1, 100)
  return { ...(wait === undefined ? {} : { wait }), ...(perNode === undefined ? {} : { perNode }) }
}

/** The same, for operations that start machines. */
export function readyOptions(args: Args): JobOptions & ReadyOptions {
  return { ...jobOptions(args), ...(given(args, 'no-ready') ? { ready: false } : {}) }
}
