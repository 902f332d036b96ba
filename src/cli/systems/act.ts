import type { Host, Hosts } from '../../core/hosts.ts'
import type { Operation } from '../../core/operation/operation.ts'
import type { LoadedConfig } from '../../run/config.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { knownFlows } from '../executions/flows.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { perform } from '../session/perform.ts'
import { withKnownSystems } from '../state/systems.ts'
import { UsageError } from '../usage-error.ts'
import { type Among, type Found, findSystems } from './find.ts'
import { parseSelection, type Selection } from './selection.ts'

/** What is done to systems that were selected. */
export interface Verb {
  readonly name: string
  /** The pipeline over them. */
  readonly operation: (on: Hosts) => Operation<void, unknown>
  /** It runs flows by their names, as provisioning does. */
  readonly runsFlows?: true
  /** Asks a person, where that is called for. Nothing is done unless it answers true. */
  readonly agree?: (found: Found, selection: Selection) => Promise<boolean>
  /** What a word is that names no system. */
  readonly otherwise?: (word: string, loaded: LoadedConfig) => Promise<string | undefined>
}

/** Does something to the systems that the words select, as an execution, and answers the exit status. */
export async function actOnSystems(
  context: CommandContext,
  args: Args,
  words: readonly string[],
  verb: Verb,
): Promise<number> {
  const { name, operation, agree, otherwise, runsFlows } = verb
  if (words.length === 0)
    throw new UsageError(`reops ${name} needs systems: names, conditions such as typed:redis, or all`)
  const selection = parseSelection(words)
  const loaded = await configuration(context, args)
  const { found, hosts } = await withKnownSystems(context, loaded, async store => {
    const among: Among = { store, loaded, otherwise: otherwise && (word => otherwise(word, loaded)) }
    const all = await findSystems(selection, among)
    return { found: all, hosts: all.systems.map(store.hostOf) }
  })
  const { systems, others } = found
  if (systems.length + others.length === 0) {
    context.stderr.write('reops: no such systems; nothing was done\n')
    if (given(args, 'json')) context.stdout.write(`${JSON.stringify(nothing(name, words), null, 2)}\n`)
    return 0
  }
  if (agree !== undefined && !given(args, 'yes') && !(await agree(found, selection))) {
    context.stderr.write('nothing was done\n')
    return 1
  }
  return perform(context, args, { command: [name, ...words].join(' ') }, async () => ({
    loaded,
    // A flow that is broken keeps nobody from stopping a system.
    flows: runsFlows && (await knownFlows(loaded)),
    begin: (runtime, signal) =>
      runtime.submit(operation(hostsOf(hosts, others, loaded)), undefined, { signal }),
  }))
}

/** Systems as hosts; what is none stays as it is, and the operation refuses it. */
function hostsOf(systems: readonly Host[], others: readonly Host[], { config }: LoadedConfig): Hosts {
  return { via: config.via, defaults: {}, hosts: [...systems, ...others] }
}

/** The document of what had nothing to do. */
function nothing(name: string, words: readonly string[]): object {
  const summary = { total: 0, ok: 0, left: 0, failed: {} }
  return { command: [name, ...words].join(' '), execution: null, status: 'succeeded', result: null, summary }
}
