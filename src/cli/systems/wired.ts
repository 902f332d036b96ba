import type { SystemsPort } from '../../core/systems/port.ts'
import type { Job } from '../../core/systems/provider.ts'
import { systemClock } from '../../executor/index.ts'
import { neutralise } from '../../operations/output/format/index.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { wireSystemsOnly } from '../../run/wire.ts'
import type { CommandContext } from '../context.ts'
import { type LiveLine, openLiveLine } from '../live/live-line.ts'
import { watchInterrupts } from '../session/interrupts.ts'
import { passphrasePrompt } from '../session/passphrase.ts'

/** The systems and their providers, while a command asks them without a pipeline. */
export interface Wired {
  readonly systems: SystemsPort
  readonly live: LiveLine
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  /** A job of a provider; `ms` is how long it may take, `host` how the live line calls what is worked on. */
  job(step: string, host: string, ms: number): Job
  notice(text: string): void
}

/**
 * Wires systems, lets something be done with them, and closes them whatever came of it. A Ctrl-C ends it with the status
 * that it asks for.
 */
export async function withWired(
  context: CommandContext,
  loaded: LoadedConfig,
  { quiet = false }: { readonly quiet?: boolean },
  use: (wired: Wired) => Promise<number>,
): Promise<number> {
  const { stderr } = context
  const live = openLiveLine(stderr, !quiet && context.env.TERM !== 'dumb')
  const notice = (text: string) => {
    live.hide()
    stderr.write(`reops: ${neutralise(text)}\n`)
  }
  const systems = wireSystemsOnly({
    loaded,
    notice,
    askPassphrase: passphrasePrompt(context, live.pause),
    transports: context.transports,
    providers: context.providers,
  })
  const interrupts = watchInterrupts(context, notice)
  const job = (step: string, host: string, ms: number): Job => {
    live.add({ kind: 'hosts', step, hosts: [host] })
    live.add({ kind: 'host-started', step, host })
    return {
      signal: interrupts.signal,
      deadline: systemClock.now() + ms,
      clock: systemClock,
      stage: stage => live.add({ kind: 'stage', step, host, stage }),
      warn: notice,
    }
  }
  try {
    return await use({ systems, live, signal: interrupts.signal, job, notice })
  } catch (error) {
    if (interrupts.status !== undefined) return interrupts.status
    throw error
  } finally {
    live.stop()
    await systems.close()
    interrupts.stop()
  }
}
