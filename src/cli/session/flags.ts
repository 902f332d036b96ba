import { type Duration, toSeconds } from '../../core/duration.ts'
import type { Args } from '../command.ts'
import { text } from '../parse.ts'

/** A flag that is a length of time, in seconds; a bare number is seconds. Throws `InvalidArguments`. */
export function secondsOf(args: Args, name: string): number | undefined {
  const given = text(args, name)
  if (given === undefined) return undefined
  return toSeconds(/^\d+$/.test(given) ? Number(given) : (given as Duration), `--${name}`)
}
