/**
 * Node's own prompt over a local runtime. What this file keeps true:
 *
 * 1. Ctrl-C is for what the line began; the prompt outlives it.
 * 2. What a run in the background prints never mixes with what is being typed.
 * 3. When it is left, runs are cancelled, connections closed, the history written and the terminal as it was.
 */
import path from 'node:path'
import { type REPLServer, start } from 'node:repl'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BridgePort } from '../../core/bridge.ts'
import type { Flow } from '../../core/flow.ts'
import type { Hosts } from '../../core/hosts.ts'
import { useRuntime } from '../../core/runtime.ts'
import { bridgeSystems } from '../../run/bridge/systems.ts'
import { type LoadedConfig, stateFolder } from '../../run/config.ts'
import { hasSystems, openSystems } from '../../run/open-systems.ts'
import { wireLocal } from '../../run/wire.ts'
import { openSpillFolder } from '../../state/spill-folder.ts'
import { colorOf } from '../color.ts'
import type { CommandContext } from '../context.ts'
import { askingOf, bridgeOf } from '../session/bridge.ts'
import { passphrasePrompt } from '../session/passphrase.ts'
import { styleFor } from '../session/printer.ts'
import { expressionCommands, teachCommands } from './commands.ts'
import { teachCompletion } from './complete.ts'
import { teachEvaluation } from './evaluate.ts'
import { keepHistory } from './history.ts'
import { watchLeaving } from './leave.ts'
import { feedLines } from './lines.ts'
import { followLive } from './live.ts'
import { openOutput } from './output.ts'
import { awayFromPrompt } from './passphrase.ts'
import { printers } from './printers.ts'
import { trackRuns } from './runs.ts'
import { enterScope, scopeOf } from './scope.ts'
import { showValue } from './show.ts'

/** What a prompt is opened over. */
export interface PromptParts {
  readonly loaded: LoadedConfig
  readonly groups: ReadonlyMap<string, Hosts>
  readonly flows: ReadonlyMap<string, Flow>
}

/** Whether there is somebody to type: otherwise lines are read until there are no more. */
export function isInteractive({ stdin, stdout }: CommandContext): boolean {
  return stdin.isTTY === true && stdout.isTTY === true
}

/** Holds a prompt until it is left, and answers the exit status. */
export async function holdPrompt(context: CommandContext, parts: PromptParts): Promise<number> {
  const { stdin, stdout } = context
  const { loaded, flows } = parts
  const terminal = isInteractive(context)
  const live = followLive(context, terminal)
  const output = openOutput(context, live.hide, () => server.prompt(true))
  const bridge = bridgeOf(context, loaded)
  const runtime = wireLocal({
    loaded,
    flows,
    transports: context.transports,
    providers: context.providers,
    follow: true,
    progress: live.add,
    askPassphrase: awayFromPrompt(context, passphrasePrompt(context, live.pause)),
    out: output,
    bridge,
  })
  const runs = trackRuns(runtime, live.begin)
  const writer = (value: unknown) => {
    live.end()
    return showValue(value, styleFor(context, stdout), {
      ms: runs.begunAt === undefined ? undefined : Date.now() - runs.begunAt,
      cancelled: runs.cancelled,
      hasShown: output.hasShown,
    })
  }

  const taken = new Set(Object.getOwnPropertyNames(globalThis))
  const server: REPLServer = start({
    prompt: terminal ? 'reops> ' : '',
    input: terminal ? stdin : new PassThrough(),
    output: stdout,
    terminal,
    useColors: colorOf(context, stdout),
    writer,
    useGlobal: true,
    breakEvalOnSigint: true,
    ignoreUndefined: true,
  })
  using leaving = watchLeaving(server, context, runs, terminal)
  const leaveScope = enterScope(scopeOf({ ...parts, begin: runs.begin }), taken)
  useRuntime(runs.runtime)
  try {
    const evaluator = teachEvaluation(server, {
      runs,
      store: openSpillFolder(path.join(stateFolder(loaded), 'spilled')),
      show: data => stdout.write(`${writer(data)}\n`),
    })
    teachCommands(server, evaluator, flows, printers(context, loaded.file))
    teachCompletion(server, {
      hosts: hostNames(parts),
      systems: forAMoment(() => systemNames(loaded, bridge)),
      flows: [...flows.keys()],
      commands: expressionCommands,
    })
    server.prependListener('line', output.evaluating)
    const { displayPrompt } = server
    server.displayPrompt = preserve => {
      live.end()
      if (terminal) output.resting()
      displayPrompt.call(server, preserve)
    }
    if (!terminal) return await Promise.race([feedLines(server, stdin, evaluator), leaving.status])
    const flushed = keepHistory(server, path.join(stateFolder(loaded), 'repl_history'))
    const status = await leaving.status
    await flushed()
    return status
  } finally {
    server.close()
    live.end()
    runs.cancelAll('the prompt was left')
    await runtime.close()
    useRuntime(undefined)
    leaveScope()
  }
}

/** Every system that is known at this moment; looking leaves no database behind. */
async function systemNames(loaded: LoadedConfig, bridge: BridgePort | undefined): Promise<string[]> {
  if (bridge !== undefined) {
    const known = bridgeSystems(askingOf(loaded, bridge, AbortSignal.timeout(completionMs)))
    return (await known.list()).map(({ hostname }) => hostname)
  }
  if (!hasSystems(loaded)) return []
  const store = await openSystems(loaded, () => {})
  const listed = store.list().then(systems => systems.map(({ hostname }) => hostname))
  // A table far away may take its time, and is closed when it has.
  listed.finally(() => store.close()).catch(() => {})
  return Promise.race([listed, sleep(completionMs, [], { ref: false })])
}

/** Whoever presses Tab waits no longer for a bridge or a table, in milliseconds. */
const completionMs = 2_000

/** The prompt looks for completions at every key, and the names are still the same then. */
function forAMoment<T>(read: () => Promise<T>): () => Promise<T> {
  let kept: { readonly at: number; readonly value: Promise<T> } | undefined
  return () => {
    if (kept === undefined || performance.now() - kept.at > 2_000)
      kept = { at: performance.now(), value: read() }
    return kept.value
  }
}

/** Every host that the configuration names, the members of its groups too. */
function hostNames({ loaded: { config }, groups }: PromptParts): string[] {
  const members = [...groups.values()].flatMap(group => group.hosts.map(host => host.name))
  return [...new Set([...Object.keys(config.hosts), ...members])]
}
