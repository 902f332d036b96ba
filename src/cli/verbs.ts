import { closest } from './closest.ts'
import type { Args } from './command.ts'
import { expectWords, given, text } from './parse.ts'
import { UsageError } from './usage-error.ts'

/** What a command with verbs does for one of them: which flags are its own, and the words that it takes. */
export interface Verb {
  readonly flags: readonly string[]
  readonly words: readonly string[]
  /** How many of the words may be left out. */
  readonly optional?: number
  run(args: Args): Promise<number>
}

/**
 * Does what the first word says. Throws `UsageError` for a verb that there is not, a flag that belongs to another verb,
 * and words too many or too few.
 */
export async function runVerb(
  command: string,
  args: Args,
  verbs: Readonly<Record<string, Verb>>,
): Promise<number> {
  const [name, ...words] = args.words
  const verb = name !== undefined && Object.hasOwn(verbs, name) ? verbs[name] : undefined
  if (verb === undefined) throw new UsageError(unknown(command, name, Object.keys(verbs)))
  const own = { ...args, words }
  for (const [other, { flags }] of Object.entries(verbs)) {
    const foreign = flags.find(flag => !verb.flags.includes(flag) && (given(args, flag) || text(args, flag)))
    if (foreign !== undefined)
      throw new UsageError(
        `reops ${command} ${name} has no flag --${foreign}; reops ${command} ${other} has it`,
      )
  }
  expectWords(`${command} ${name}`, own, verb.words, verb.optional ?? 0)
  return verb.run(own)
}

function unknown(command: string, verb: string | undefined, all: readonly string[]): string {
  if (verb === undefined)
    return `reops ${command} needs one of ${all.join(', ')}; see reops ${command} --help`
  const meant = closest(verb, all)
  return `there is no reops ${command} ${JSON.stringify(verb)}; ${meant === undefined ? `see reops ${command} --help` : `did you mean reops ${command} ${meant}?`}`
}
