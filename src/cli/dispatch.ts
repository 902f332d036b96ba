import { version } from '../run/version.ts'
import { closest } from './closest.ts'
import { commands } from './commands.ts'
import { everywhere } from './common-flags.ts'
import type { CommandContext } from './context.ts'
import { UsageError } from './usage-error.ts'

/**
 * Finds the command that these words call, runs it, and answers the exit status. What a command throws is told on
 * stderr. Nothing is loaded that isn't needed.
 */
export async function dispatch(words: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await call(words, context)
  } catch (error) {
    const { reportError } = await import('./report-error.ts')
    return reportError(error, context, beforeRest(words).includes('--debug'))
  }
}

async function call([name, ...words]: readonly string[], context: CommandContext): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') return help(undefined, context)
  if (name === '--version' || name === 'version') return sayVersion(context)
  if (name === 'help') return help(words[0], context)
  const entry = find(name)
  if (beforeRest(words).some(word => word === '--help' || word === '-h')) return help(name, context)
  const [command, { parseCommandLine }] = await Promise.all([entry.load(), import('./parse.ts')])
  return command.run(context, parseCommandLine(name, words, { ...command.options, ...everywhere }))
}

function find(name: string) {
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry) return entry
  const meant = closest(name, Object.keys(commands))
  throw new UsageError(
    name.startsWith('-')
      ? `reops has no flag ${name}; flags of a command stand behind its name. See reops --help`
      : `there is no command ${JSON.stringify(name)}; ${meant === undefined ? 'see reops --help' : `did you mean reops ${meant}?`}`,
  )
}

async function help(name: string | undefined, { stdout }: CommandContext): Promise<number> {
  const { commandHelp, overview } = await import('./help.ts')
  if (name === undefined) stdout.write(overview(commands))
  else {
    const entry = find(name)
    stdout.write(commandHelp(entry, await entry.load()))
  }
  return 0
}

function sayVersion({ stdout }: CommandContext): number {
  stdout.write(`${version()}\n`)
  return 0
}

/** The words that are ours: what follows `--` belongs to a host. */
function beforeRest(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--')
  return end === -1 ? words : words.slice(0, end)
}
