import type { Json } from '../../core/json.ts'
import { formatData, outcomesIn } from '../../operations/output/format/index.ts'
import { syncSystems } from '../../operations/systems/index.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given, text } from '../parse.ts'
import { reportError } from '../report-error.ts'
import { configuration } from '../session/configuration.ts'
import { watchInterrupts } from '../session/interrupts.ts'
import { perform } from '../session/perform.ts'
import { styleFor } from '../session/printer.ts'
import { openSession } from '../session/session.ts'

/** Makes the store say what the providers have, and answers the exit status. */
export function syncAll(context: CommandContext, args: Args): Promise<number> {
  const node = text(args, 'on')
  const provider = text(args, 'provider')
  const where = {
    ...(node === undefined ? {} : { node }),
    ...(provider === undefined ? {} : { provider }),
    ...(given(args, 'strangers') ? { strangers: true } : {}),
  }
  return perform(context, args, { command: 'sync' }, async () => ({
    loaded: await configuration(context, args),
    begin: (runtime, signal) => runtime.submit(syncSystems(where), undefined, { signal }),
  }))
}

/** The same before a list, which then tells what was found. Answers 1 when a node could not be asked, which is told. */
export async function refreshSystems(context: CommandContext, args: Args): Promise<number> {
  const session = openSession(context, { loaded: await configuration(context, args) })
  const interrupts = watchInterrupts(context, session.printer.notice)
  try {
    const { result, error } = await session.execute(runtime =>
      runtime.submit(syncSystems(), undefined, { signal: interrupts.signal }),
    )
    const style = styleFor(context, context.stderr)
    for (const outcome of outcomesIn(result).filter(({ failure }) => failure.length > 0))
      context.stderr.write(
        `${formatData({ ...outcome, successful: [], left: [] } as unknown as Json, style)}\n`,
      )
    if (error !== undefined) return interrupts.status ?? reportError(error, context, given(args, 'debug'))
    return outcomesIn(result).some(({ failure }) => failure.length > 0) ? 1 : 0
  } finally {
    await session.close()
    interrupts.stop()
  }
}
