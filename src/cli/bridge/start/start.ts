import type { RootName } from '../../../run/root.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { configuration } from '../../session/configuration.ts'
import { watchInterrupts } from '../../session/interrupts.ts'
import { UsageError } from '../../usage-error.ts'
import { notice } from '../print.ts'

/**
 * Starts a program that this command may not import, and waits until it has ended. What it was told to end by is no
 * failure: it ends with 0 when it has ended in order.
 */
export async function startRoot(context: CommandContext, args: Args, name: RootName): Promise<number> {
  const load = context.roots?.[name]
  if (load === undefined) throw new UsageError(`reops ${name} can only be started by the command itself`)
  const loaded = await configuration(context, args)
  const interrupts = watchInterrupts(context, text => notice(context, text))
  try {
    const { start } = await load()
    const say = (text: string) => notice(context, text)
    const { flags, words } = args
    return await start({ loaded, args: { flags, words }, say, signal: interrupts.signal })
  } finally {
    interrupts.stop()
  }
}
