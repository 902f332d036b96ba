import { existsSync } from 'node:fs'
import path from 'node:path'
import { configuredGroups } from '../../run/config.ts'
import { loadFlows } from '../../run/flows.ts'
import type { Args, Command, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { expectWords } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { holdPrompt, isInteractive } from './session.ts'
import { welcome } from './welcome.ts'

export const usage: Usage = {
  ways: ['reops repl'],
  about:
    'Node’s own prompt with TypeScript, top-level await, and every operation, flow, group and host in scope. A pipeline ' +
    'that is typed is run. Without a terminal it reads lines from stdin; the exit status is 1 when one of them threw.',
  examples: ['reops repl', 'echo "exec(all, \'uptime\')" | reops repl'],
}

export const options = { ...configFlag }

/** Loads what is configured and holds the prompt. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('repl', args, [])
  const loaded = await configuration(context, args)
  const groups = configuredGroups(loaded)
  const hasFlows = existsSync(path.resolve(loaded.folder, loaded.config.flows))
  const flows = hasFlows ? await loadFlows(loaded) : new Map()
  const parts = { loaded, groups, flows }
  if (isInteractive(context)) context.stdout.write(welcome(parts, context))
  const status = await holdPrompt(context, parts)
  // Timers and sockets that were made at the prompt would otherwise keep the process.
  context.exit(status)
  return status
}

void ({ usage, options, run } satisfies Command)
