import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import { type CommandContext, type Interrupt, interruptStatus } from '../context.ts'
import { askConsent, canAsk } from '../session/consent.ts'

export interface Leaving {
  /** Aborted by who wants to watch no more, while the execution goes on. */
  readonly left: AbortSignal
  /** The exit status that the first Ctrl-C asks for; absent while there was none. */
  readonly status: number | undefined
  stop(): void
}

export interface LeavingOptions {
  readonly name: string
  /** Asks the cloud to stop it. */
  readonly cancel: (reason: string) => void
  /** Keeps live lines away while somebody is asked. */
  readonly pause: () => () => void
  readonly say: (text: string) => void
  /** Nobody is to be asked, whoever is there. */
  readonly silent: boolean
}

/**
 * Ctrl-C while an execution in the cloud is watched: asks whether to stop it or to leave it. Where nobody can be asked, by
 * SIGTERM, and at a second Ctrl-C it is left: it goes on, and what says more of it is said.
 */
export function watchLeaving(context: CommandContext, options: LeavingOptions): Leaving {
  const { cancel, pause, say, silent } = options
  const name = neutraliseLine(options.name)
  const controller = new AbortController()
  let first: Interrupt | undefined

  const leave = () => {
    if (controller.signal.aborted) return
    say(
      `${name} goes on in the cloud: reops show ${name} --cloud --follow watches it, reops cancel ${name} --cloud stops it`,
    )
    controller.abort()
  }
  const ask = async () => {
    const resume = pause()
    try {
      if (await askConsent(context, `stop ${name} in the cloud too`)) {
        say('stopping; again leaves it to that')
        cancel('Ctrl-C')
      } else leave()
    } finally {
      resume()
    }
  }
  const stop = context.onInterrupt(signal => {
    const again = first !== undefined
    first ??= signal
    if (again || signal === 'SIGTERM' || silent || !canAsk(context)) return leave()
    ask().catch((error: unknown) => {
      say(error instanceof Error ? error.message : String(error))
      leave()
    })
  })
  return {
    left: controller.signal,
    get status() {
      return first && interruptStatus[first]
    },
    stop,
  }
}
