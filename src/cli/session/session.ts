import path from 'node:path'
import type { Flow } from '../../core/flow.ts'
import type { Host } from '../../core/hosts.ts'
import type { Execution } from '../../core/runtime.ts'
import { type LoadedConfig, stateFolder } from '../../run/config.ts'
import type { LocalRuntime } from '../../run/local-runtime.ts'
import { wireLocal } from '../../run/wire.ts'
import { openSpillFolder } from '../../state/spill-folder.ts'
import type { CommandContext } from '../context.ts'
import { type LiveLine, openLiveLine } from '../live/live-line.ts'
import { bridgeOf } from './bridge.ts'
import type { Ended } from './ended.ts'
import { passphrasePrompt } from './passphrase.ts'
import { openPrinter, type Printer } from './printer.ts'
import { settle } from './settle.ts'

export interface SessionOptions {
  readonly loaded: LoadedConfig
  readonly flows?: ReadonlyMap<string, Flow> | undefined
  /** One JSON document instead of text; then nothing else goes to stdout. */
  readonly json?: boolean | undefined
  /** Only what failed. */
  readonly quiet?: boolean | undefined
  readonly concurrency?: number | undefined
  /** Seconds for each host at each step. */
  readonly timeout?: number | undefined
  /** How every host is reached, whatever it says itself. */
  readonly reach?: Partial<Host> | undefined
}

/** A wired runtime with a terminal around it. Several executions may follow one another; `close` ends connections. */
export interface Session {
  readonly runtime: LocalRuntime
  readonly printer: Printer
  /**
   * Follows an execution to its end, with live lines meanwhile, and does not reject for what went wrong in it; what keeps
   * it from being started (an input that does not fit, a refusal of the compiler) is thrown.
   */
  execute(begin: (runtime: LocalRuntime) => Promise<Execution<unknown>>): Promise<Ended>
  close(): Promise<void>
}

/** Opens a session. Nothing is connected before a host is needed. */
export function openSession(context: CommandContext, options: SessionOptions): Session {
  const { loaded, flows, json = false, quiet = false } = options
  const dumb = context.env.TERM === 'dumb'
  let live: LiveLine | undefined
  const printer = openPrinter(context, { json, quiet, before: () => live?.hide() })
  const runtime = wireLocal({
    loaded,
    flows,
    out: printer,
    notice: printer.notice,
    progress: event => live?.add(event),
    askPassphrase: passphrasePrompt(context, () => live?.pause() ?? (() => {})),
    concurrency: options.concurrency,
    timeout: options.timeout,
    reach: options.reach,
    transports: context.transports,
    providers: context.providers,
    bridge: bridgeOf(context, loaded),
  })
  const store = openSpillFolder(path.join(stateFolder(loaded), 'spilled'))

  return {
    runtime,
    printer,
    async execute(begin) {
      const line = openLiveLine(context.stderr, !json && !quiet && !dumb)
      live = line
      try {
        return await settle(() => begin(runtime), { line, store })
      } finally {
        line.stop()
        live = undefined
      }
    },
    close: () => runtime.close(),
  }
}
