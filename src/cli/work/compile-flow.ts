import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { compile } from '../../compile/compile.ts'
import { compileWatch } from '../../compile/watch.ts'
import type { StateMachine } from '../../core/asl.ts'
import type { Flow } from '../../core/flow.ts'
import { keeperOf } from '../../core/runs.ts'
import { isWatch } from '../../core/watch.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { loadExports, loadFlows } from '../../run/flows.ts'
import { watchesIn } from '../../run/triggers-in.ts'
import { closest } from '../closest.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { text } from '../parse.ts'
import { findWatch } from '../sensors/find-watch.ts'
import { configuration } from '../session/configuration.ts'
import { UsageError } from '../usage-error.ts'
import { findFlow } from './find-flow.ts'

/** Prints the state machine of a flow or of a watch that AWS keeps, or writes it to the file of `--out`. */
export async function compileFlow(context: CommandContext, args: Args, name: string): Promise<number> {
  const json = `${JSON.stringify(await machineOf(await configuration(context, args), name), null, 2)}\n`
  const out = text(args, 'out')
  if (out === undefined) context.stdout.write(json)
  else await write(path.resolve(context.cwd, out), json)
  return 0
}

async function machineOf(loaded: LoadedConfig, name: string): Promise<StateMachine> {
  const flows = await loadFlows(loaded)
  if (flows.has(name)) return compile(flows.get(name)!, name).machine
  const exported = await loadExports(loaded)
  if (!meansWatch(exported, flows, name)) return compile(findFlow(flows, name), name).machine
  const watch = findWatch(exported, name)
  if (keeperOf(watch.runs, loaded.config) === 'cloud') return compileWatch(watch, flows).machine
  throw new UsageError(
    `the watch ${watch.name} is kept by the daemon, without a state machine; to have it in AWS, say runs: 'cloud' in the watch, or for all of them in reops.config.ts, and deploy`,
  )
}

/** Whether it is a watch's name, or nearly one and nothing like a flow's. */
function meansWatch(
  exported: Readonly<Record<string, unknown>>,
  flows: ReadonlyMap<string, Flow>,
  name: string,
): boolean {
  const names = [...watchesIn(exported).keys()]
  if (names.includes(name) || isWatch(exported[name])) return true
  return closest(name, [...flows.keys()]) === undefined && closest(name, names) !== undefined
}

async function write(file: string, json: string): Promise<void> {
  await writeFile(file, json).catch((cause: Error) => {
    throw new UsageError(`--out ${file} can't be written: ${cause.message}`, { cause })
  })
}
