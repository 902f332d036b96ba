import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { compile } from '../../compile/compile.ts'
import { loadFlows } from '../../run/flows.ts'
import type { Args, Flags, Usage } from '../command.ts'
import { configFlag } from '../common-flags.ts'
import type { CommandContext } from '../context.ts'
import { findFlow } from '../find-flow.ts'
import { expectWords, text } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { UsageError } from '../usage-error.ts'

export const usage: Usage = {
  ways: ['reops compile <flow> [--out <file>] [flags]'],
  about: 'Prints Amazon States Language, and nothing else, on stdout.',
  examples: ['reops compile listing', 'reops compile listing --out listing.asl.json'],
}

export const options: Flags = {
  out: { type: 'string', short: 'o', value: '<file>', about: 'write to a file instead' },
  ...configFlag,
}

/** `reops compile <flow>`: prints the state machine that a flow compiles to. */
export async function run(context: CommandContext, args: Args): Promise<number> {
  expectWords('compile', args, ['<flow>, the name of a flow'])
  const [name = ''] = args.words
  const flow = findFlow(await loadFlows(await configuration(context, args)), name)
  const json = `${JSON.stringify(compile(flow, name).machine, null, 2)}\n`
  const out = text(args, 'out')
  if (out === undefined) context.stdout.write(json)
  else await write(path.resolve(context.cwd, out), json)
  return 0
}

async function write(file: string, json: string): Promise<void> {
  await writeFile(file, json).catch((cause: Error) => {
    throw new UsageError(`--out ${file} can't be written: ${cause.message}`, { cause })
  })
}
