import { neutraliseLine } from '../../../operations/output/format/index.ts'
import { hasSystems } from '../../../run/open-systems.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given } from '../../parse.ts'
import { refuseBridge } from '../../session/bridge.ts'
import { configuration } from '../../session/configuration.ts'
import { UsageError } from '../../usage-error.ts'
import { findSystem } from '../find.ts'
import { withWired } from '../wired.ts'
import { attachPipes, attachTerminal } from './attach.ts'

/** Milliseconds until the console has to be open. */
const openMs = 30_000

/** Milliseconds without a word after which a console without a terminal counts as silent, once stdin has ended. */
const lingerMs = 1_000

/** Holds the serial console of a system, and answers 0 when it was left. */
export async function openConsole(context: CommandContext, args: Args, word: string): Promise<number> {
  const { stdin, stdout, stderr } = context
  const raw = given(args, 'raw')
  const terminal = stdin.isTTY === true && stdout.isTTY === true && stdin.setRawMode !== undefined
  if (!terminal && !raw)
    throw new UsageError('reops console needs a terminal; --raw leads stdin there and its output to stdout')
  const loaded = await configuration(context, args)
  refuseBridge(loaded, 'reops console', 'log in to its machine and run it there')
  if (!hasSystems(loaded)) throw new UsageError('no systems are kept here yet; reops create makes one')
  return withWired(context, loaded, {}, async ({ systems, job, live, signal }) => {
    const store = await systems.store()
    const system = await findSystem(word, { store, loaded })
    const provider = await systems.provider(system.provider)
    if (!provider.abilities.has('console'))
      throw new UsageError(`${system.hostname} has no console: ${provider.name} systems know no such thing`)
    const console = await provider.console(system, job('console', system.hostname, openMs))
    live.stop()
    if (!terminal || raw) {
      await attachPipes(console, context, signal, lingerMs)
      return 0
    }
    const name = neutraliseLine(system.hostname)
    stderr.write(
      `reops: this is the console of ${name}; Ctrl-] leaves, and ~. at the beginning of a line\r\n`,
    )
    const left = await attachTerminal(console, context, signal)
    stderr.write(
      `\r\nreops: ${left === 'closed' ? `the console of ${name} was closed` : `left the console of ${name}`}\n`,
    )
    return 0
  })
}
