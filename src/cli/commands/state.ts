import { closest } from '../closest.ts'
import type { Args, Flags, Usage } from '../command.ts'
import { bridgeFlags, configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords, given, text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: [
    'reops state export [--output <file>] [flags]',
    'reops state import <file|-> [--replace] [--dry-run] [--yes] [flags]',
    'reops state history <system> [--json] [flags]',
    'reops state prune [--older-than 90d] [--dry-run] [--yes] [--json] [flags]',
  ],
  about:
    'export writes all systems and their histories as JSON. import takes such a file in, all of it or nothing: systems that\nare here stay as they are, unless --replace. history says what became of a system; one that is gone is known by its\nid and its last hostname. prune forgets executions that ended longer ago than that, histories of systems that are gone\nfor as long, and files that nothing names any more.',
  examples: [
    'reops state export --output systems.json',
    'reops state import systems.json --replace --dry-run',
    'reops state history redis-1',
    'reops state prune --older-than 30d --dry-run',
  ],
}

export const options: Flags = {
  output: { type: 'string', value: '<file>', about: 'export: a file for its owner alone; stdout otherwise' },
  replace: { type: 'boolean', about: 'import: what differs here becomes as it is in the file' },
  'older-than': {
    type: 'string',
    value: '<time>',
    about: 'prune: what ended longer ago, such as 30d; 90d unless it is given',
  },
  'dry-run': { type: 'boolean', about: 'import and prune: only say what it would do' },
  yes: { type: 'boolean', short: 'y', about: 'import: replace without asking; prune: forget without asking' },
  json: { type: 'boolean', about: 'import, history and prune: one JSON document' },
  ...bridgeFlags,
  ...configFlag,
}

const flagsOf = {
  export: ['output'],
  import: ['replace', 'dry-run', 'yes', 'json'],
  history: ['json'],
  prune: ['older-than', 'dry-run', 'yes', 'json'],
} as const

/** `reops state`: takes systems out of the store and in, says what became of one, and forgets what is old. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  const [verb, ...words] = args.words
  const rest = { ...args, words }
  switch (verb) {
    case 'export': {
      expect(verb, rest, [])
      const { exportState } = await import('../state/export.ts')
      return exportState(context, rest, text(args, 'output'))
    }
    case 'import': {
      expect(verb, rest, ['<file|->'])
      const { importState } = await import('../state/import.ts')
      return importState(context, rest, words[0]!)
    }
    case 'history': {
      expect(verb, rest, ['<system>'])
      const { stateHistory } = await import('../state/history.ts')
      return stateHistory(context, rest, words[0]!)
    }
    case 'prune': {
      expect(verb, rest, [])
      const { pruneState } = await import('../state/prune.ts')
      return pruneState(context, rest)
    }
    default:
      throw new UsageError(unknown(verb))
  }
}

function expect(verb: keyof typeof flagsOf, args: Args, names: readonly string[]): void {
  const mine: readonly string[] = flagsOf[verb]
  for (const [other, flags] of Object.entries(flagsOf)) {
    const foreign = flags.find(name => !mine.includes(name) && (given(args, name) || text(args, name)))
    if (foreign !== undefined)
      throw new UsageError(`reops state ${verb} has no flag --${foreign}; reops state ${other} has it`)
  }
  expectWords(`state ${verb}`, args, names)
}

function unknown(verb: string | undefined): string {
  const all = Object.keys(flagsOf)
  if (verb === undefined) return `reops state needs one of ${all.join(', ')}; see reops state --help`
  const meant = closest(verb, all)
  return `there is no reops state ${JSON.stringify(verb)}; ${meant === undefined ? 'see reops state --help' : `did you mean reops state ${meant}?`}`
}
