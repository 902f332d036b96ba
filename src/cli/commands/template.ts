import { closest } from '../closest.ts'
import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag, yesFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given, text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: [
    'reops template list [--on <node>] [flags]',
    'reops template import <file|url> --name <name> [--on <node>] [--sha256 <sum>] [--replace] [flags]',
    'reops template remove <name> [--on <node>] [--yes] [flags]',
  ],
  about:
    'What machines of KVM hypervisors are made of: reops create --image names one. import takes qcow2 and raw images, packed\nwith gzip or zstd or not, from a file or by http(s); what was downloaded is kept, and a download that was cut goes on.\n--on is needed where there are several hypervisors.',
  examples: [
    'reops template list',
    'reops template import debian-12.qcow2 --name debian-12 --on big-iron',
    'reops template import https://images.lan/debian-12.qcow2 --name debian-12 --sha256 <sum>',
    'reops template remove debian-11 --on big-iron',
  ],
}

export const options: Flags = {
  on: { type: 'string', value: '<node>', about: 'the hypervisor' },
  name: { type: 'string', value: '<name>', about: 'import: how it is called from then on' },
  sha256: { type: 'string', value: '<sum>', about: 'import: what the file has to be' },
  replace: { type: 'boolean', about: 'import: in the place of one of that name' },
  timeout: { type: 'string', value: '<time>', about: 'import: how long it may take; 2h otherwise' },
  json: { type: 'boolean', about: 'one JSON document' },
  ...yesFlag,
  ...bridgeFlags,
  ...configFlag,
}

const flagsOf = {
  list: ['on', 'json'],
  import: ['on', 'name', 'sha256', 'replace', 'timeout', 'json', 'yes'],
  remove: ['on', 'yes', 'json'],
} as const

/** `reops template`: lists, imports and removes what systems are made of. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const [verb, ...words] = args.words
  const rest = { ...args, words }
  switch (verb) {
    case 'list': {
      expect(verb, rest, [])
      const { listTemplates } = await import('../systems/templates/list.ts')
      return listTemplates(context, rest)
    }
    case 'import': {
      expect(verb, rest, ['<file|url>'])
      const { importTemplate } = await import('../systems/templates/import.ts')
      return importTemplate(context, rest, words[0]!)
    }
    case 'remove': {
      expect(verb, rest, ['<name>'])
      const { removeTemplate } = await import('../systems/templates/remove.ts')
      return removeTemplate(context, rest, words[0]!)
    }
    default:
      throw new UsageError(unknown(verb))
  }
}

function expect(verb: keyof typeof flagsOf, args: Args, names: readonly string[]): void {
  const mine: readonly string[] = flagsOf[verb]
  const foreign = Object.values(flagsOf)
    .flat()
    .find(name => !mine.includes(name) && (given(args, name) || text(args, name)))
  if (foreign !== undefined) throw new UsageError(`reops template ${verb} has no flag --${foreign}`)
  expectWords(`template ${verb}`, args, names)
}

function unknown(verb: string | undefined): string {
  const all = Object.keys(flagsOf)
  if (verb === undefined) return `reops template needs one of ${all.join(', ')}; see reops template --help`
  const meant = closest(verb, all)
  return `there is no reops template ${JSON.stringify(verb)}; ${meant === undefined ? 'see reops template --help' : `did you mean reops template ${meant}?`}`
}
