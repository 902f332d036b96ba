import type { Context } from '../../core/context.ts'
import { asked, farewell, said } from '../../core/farewell.ts'
import type { Host } from '../../core/hosts.ts'
import { oneLine } from '../../core/one-line.ts'
import type { FailureCode } from '../../core/outcome.ts'
import { type CommandResult, HostTrouble } from '../../core/ports.ts'
import type { Command } from '../remote/arguments.ts'

/** Milliseconds for one look at whether it answers. */
const lookMs = 5_000
/** Milliseconds between two looks, with half as much again of jitter. */
const pauseMs = 1_500
/** So many looks in a row must find nobody: one lost answer is no proof. */
const looks = 3

/** Codes that say that nobody answered; any other comes from somebody. */
const silent: ReadonlySet<FailureCode> = new Set(['unreachable', 'timeout', 'unknown'])

/** How a host is shut down: by `command`, or by the words of its system. `until` is milliseconds since the epoch. */
export interface BySsh {
  readonly command: Command | undefined
  readonly until: number
}

/**
 * Shuts a host down over SSH and waits until it does not answer any more. Throws `HostTrouble`: what could not be asked, what
 * refused, and with code `timeout` what still answers when its time is over.
 */
export async function downBySsh(host: Host, { command, until }: BySsh, context: Context): Promise<void> {
  await ask(host, command ?? ['sh', '-c', farewell, 'sh', 'off'], until, context)
  for (let silences = 0; silences < looks; ) {
    silences = (await answers(host, context)) ? 0 : silences + 1
    if (silences >= looks) return
    if (context.clock.now() >= until)
      throw new HostTrouble(
        'timeout',
        `${host.name} took it to be shut down and still answers SSH; nothing cuts it off. A power switch could, where it is one of machines in reops.config.ts`,
      )
    await context.clock.sleep(pauseMs * (1 + Math.random() / 2), context.signal)
  }
}

/** Tells the host that this process is on to go down in a minute, so that this execution ends before. */
export async function downSoon(host: Host, command: Command | undefined, context: Context): Promise<void> {
  const until = context.clock.now() + lookMs * 6
  await ask(host, command ?? ['sh', '-c', soon], until, context)
}

/** Tries what the system has; who is not root needs sudo without a password. */
const soon = `
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
if [ "$(id -u)" != 0 ] && sudo -n shutdown -h +1 </dev/null; then exit 0; fi
exec shutdown -h +1 </dev/null
`

async function ask(host: Host, command: Command, until: number, context: Context): Promise<void> {
  const { signal, clock, step } = context
  const left = () => ({ signal, timeout: Math.max(1_000, until - clock.now()) })
  let result: CommandResult
  try {
    const remote = await context.hosts.open(host.via ?? 'ssh', host, left())
    context.progress({ kind: 'stage', step, host: host.name, stage: 'asking it to shut down' })
    try {
      result = await remote.exec(command as string | readonly string[], left())
    } catch (error) {
      // A connection that breaks in the middle is what a host does that goes; whether it did is seen next.
      if (error instanceof HostTrouble && (error.code === 'unknown' || error.code === 'timeout')) return
      throw error
    }
  } catch (error) {
    if (!(error instanceof HostTrouble)) throw error
    const message = `${host.name} could not be asked to shut down: ${error.message}`
    throw new HostTrouble(error.code, message, { detail: { ...error.detail }, cause: error })
  }
  if (result.exit !== 0 && result.exit !== null)
    throw new HostTrouble(
      'exit',
      `${host.name} did not take to be shut down: ${oneLine(result.stderr, 300) || `exit status ${result.exit}`}`,
      { detail: { exit: result.exit, stderr: result.stderr } },
    )
  const words = said(result.stdout, asked)
  if (words !== undefined)
    context.progress({ kind: 'stage', step, host: host.name, stage: `it took ${oneLine(words, 100)}` })
}

async function answers(host: Host, context: Context): Promise<boolean> {
  const bounds = { signal: context.signal, timeout: lookMs }
  try {
    const remote = await context.hosts.open(host.via ?? 'ssh', host, bounds)
    await remote.exec(['true'], bounds)
    return true
  } catch (error) {
    if (error instanceof HostTrouble && silent.has(error.code)) return false
    if (error instanceof HostTrouble && error.code !== 'cancelled') return true
    throw error
  }
}
