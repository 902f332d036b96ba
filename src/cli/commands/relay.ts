import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'

export const usage: Usage = {
  ways: ['reops relay [flags]'],
  about:
    'Runs a relay until Ctrl-C or SIGTERM: a bridge that nobody can reach dials it, and so do its clients. It carries what\nit can’t read. bridge.relay in reops.config.ts says where it listens and whose bridge it lets in; reops keys show relay\nprints its public key, and reops keys new says who may come.',
  examples: ['reops relay', 'reops keys show relay'],
}

export const options: Flags = { ...configFlag }

/** `reops relay`: leads others to a bridge that they can't reach. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('relay', args, [])
  const { startRoot } = await import('../bridge/start/start.ts')
  return startRoot(context, args, 'relay')
}
