import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: [
    'reops alexa model [--locale <locale>] [--out <folder>] [flags]',
    "reops alexa say '<utterance>' [--cloud] [--slot <name>=<value>]… [--locale <locale>] [flags]",
  ],
  about:
    'model prints what the ASK CLI takes, made of the voices that the flows export: the interaction model of each language and\nthe manifest; with --out it writes them as a skill package. say runs here what the words would start in AWS, and prints what\nthe skill would answer; it asks where the skill would. With --cloud the skill that is deployed is asked, as Alexa would ask it,\nand starts the flow in AWS; the exit status is 1 where it says that it was not done, or asks for more.',
  examples: [
    'reops alexa model --locale de-DE',
    'reops alexa model --out skill-package',
    "reops alexa say 'plex on'",
    "reops alexa say 'reboot {machine}' --slot machine=foo",
    "reops alexa say 'plex on' --cloud",
  ],
}

export const options: Flags = {
  locale: { type: 'string', value: '<locale>', about: 'one language, such as de-DE; say: en-US otherwise' },
  out: { type: 'string', value: '<folder>', about: 'model: write a skill package' },
  slot: {
    type: 'string',
    multiple: true,
    value: '<name>=<value>',
    about: 'say: what is heard for a slot',
  },
  yes: { type: 'boolean', about: 'say: answer yes where the skill asks' },
  cloud: { type: 'boolean', about: 'say: to the skill that is deployed' },
  json: { type: 'boolean', about: 'say --cloud: one JSON document on stdout' },
  ...configFlag,
}

/** `reops alexa`: what Alexa is told of voices, and what she would be answered. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const [verb, ...words] = args.words
  const rest = { ...args, words }
  if (verb === 'model') {
    expectWords('alexa model', rest, [])
    return (await import('../alexa/model.ts')).printModel(context, rest)
  }
  if (verb === 'say') {
    expectWords('alexa say', rest, ["'<utterance>', the words that are said"])
    if (given(args, 'cloud'))
      return (await import('../alexa/say-cloud.ts')).sayInCloud(context, rest, words[0]!)
    return (await import('../alexa/say.ts')).sayHere(context, rest, words[0]!)
  }
  throw new UsageError('reops alexa needs model or say; see reops alexa --help')
}
