import { type Duration, toSeconds } from '../../core/duration.ts'
import type { Args } from '../command.ts'
import { given, text, wholeNumber } from '../parse.ts'
import { reach } from '../targets/reach.ts'
import type { SessionOptions } from './session.ts'

/** A flag that is a length of time, in seconds; a bare number is seconds. Throws `InvalidArguments`. */
export function secondsOf(args: Args, name: string): number | undefined {
  const duration = text(args, name)
  if (duration === undefined) return undefined
  return toSeconds(/^\d+$/.test(duration) ? Number(duration) : (duration as Duration), `--${name}`)
}

/** The flags that bound an execution. Throws `UsageError` and `InvalidArguments`. */
export function sessionFlags(args: Args): Omit<SessionOptions, 'loaded'> {
  return {
    json: given(args, 'json'),
    quiet: given(args, 'quiet'),
    reach: reach(args),
    concurrency: wholeNumber(args, 'concurrency', 1, 1_000),
    timeout: secondsOf(args, 'timeout'),
  }
}
