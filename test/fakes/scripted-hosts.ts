import type { HostsPort } from '../../src/core/context.ts'
import type { Host } from '../../src/core/hosts.ts'
import type { FailureCode } from '../../src/core/outcome.ts'
import {
  type Clock,
  type CommandOptions,
  type CommandResult,
  HostTrouble,
  type Remote,
} from '../../src/core/ports.ts'

/**
 * What one call on one host does: it answers with this output, fails in this way, exits with this status, throws as
 * a wrong operation would, takes so many milliseconds first, hangs until it is told to stop, or hangs for good.
 */
export type Turn =
  | string
  | { readonly fails: FailureCode }
  | { readonly exits: number }
  | { readonly throws: Error }
  | { readonly after: number; readonly says: Turn }
  | 'hang'
  | 'ignore everything'

/** One call as it came, by which way and on whom. */
export interface Attempted {
  readonly via: string
  readonly host: string
  readonly target: Host
  readonly command: string
}

/** What a host does at its calls, one after the other; the last holds for all that follow. */
export type Script = Readonly<Record<string, readonly Turn[]>>

export interface ScriptedHosts extends HostsPort {
  readonly calls: Attempted[]
  close(): Promise<void>
}

/**
 * Hosts that play a script. A host is named `host`, or `host by via` where a way of its own is scripted; one without
 * a script answers with its name.
 */
export function scriptedHosts(script: Script, clock: Clock, bounds: Partial<HostsPort> = {}): ScriptedHosts {
  const calls: Attempted[] = []
  const played = new Map<string, number>()
  const turnOf = (via: string, host: string): Turn => {
    const key = script[`${host} by ${via}`] ? `${host} by ${via}` : host
    const turns = script[key] ?? [host]
    const index = played.get(key) ?? 0
    played.set(key, index + 1)
    return turns[Math.min(index, turns.length - 1)] ?? host
  }
  const never = (): never => {
    throw new Error('these hosts only execute commands')
  }
  return {
    calls,
    concurrency: 8,
    timeout: 600_000,
    ...bounds,
    open: async (via, target): Promise<Remote> => ({
      exec: (command, options) => {
        calls.push({ via, host: target.name, target, command: String(command) })
        return play(turnOf(via, target.name), clock, options)
      },
      upload: never,
      download: never,
      sync: never,
    }),
    close: async () => {},
  }
}

async function play(turn: Turn, clock: Clock, options: CommandOptions): Promise<CommandResult> {
  if (turn === 'ignore everything') return new Promise(() => {})
  if (turn === 'hang') return until(clock, options.timeout ?? Number.POSITIVE_INFINITY, options.signal)
  if (typeof turn === 'string') return { stdout: turn, stderr: '', exit: 0 }
  if ('exits' in turn) return { stdout: '', stderr: 'no', exit: turn.exits }
  if ('throws' in turn) throw turn.throws
  if ('fails' in turn) throw new HostTrouble(turn.fails, `scripted ${turn.fails}`)
  const limit = options.timeout ?? Number.POSITIVE_INFINITY
  if (turn.after > limit) return until(clock, limit, options.signal)
  await told(options.signal, clock.sleep(turn.after, options.signal))
  return play(turn.says, clock, options)
}

async function until(clock: Clock, ms: number, signal: AbortSignal): Promise<never> {
  await told(signal, clock.sleep(ms, signal))
  throw new HostTrouble('timeout', `no answer within ${ms / 1000}s`)
}

/** As a transport says it: a call that was told to stop ends as cancelled. */
async function told(signal: AbortSignal, sleep: Promise<void>): Promise<void> {
  try {
    await sleep
  } catch (error) {
    if (!signal.aborted) throw error
    throw new HostTrouble('cancelled', 'stopped when told to')
  }
}
