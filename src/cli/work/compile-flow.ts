import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { compile } from '../../compile/compile.ts'
import { loadFlows } from '../../run/flows.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { text } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { UsageError } from '../usage-error.ts'
import { findFlow } from './find-flow.ts'

/** Prints the state machine of a flow, or writes it to the file of `--out`. */
export async function compileFlow(context: CommandContext, args: Args, name: string): Promise<number> {
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
