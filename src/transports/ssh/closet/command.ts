import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChannel } from 'ssh2'
import { openOutlet } from './outlet.ts'
import type { Processes } from './processes.ts'

/** What to run, and where. */
export interface Command {
  /** Arguments of `/bin/sh`. */
  readonly arguments: readonly string[]
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds to wait before it starts. */
  readonly latencyMs: number
}

/** A command whose channel is open. */
export interface Running {
  /** Sends a signal to its whole process group. */
  signal(signal: NodeJS.Signals): void
  /** The client is gone or has closed the channel: what still runs is ended. */
  hangUp(): void
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** The signals that SSH can name in an exit-signal message; any other death is told as 128 + its number. */
const named = new Set('ABRT ALRM FPE HUP ILL INT KILL PIPE QUIT SEGV TERM USR1 USR2'.split(' '))

/** What a shell answers for a command that can't be executed. */
const cannotExecute = 126

/**
 * Runs a command for real and connects it to its channel: stdin with its end, stdout and stderr with
 * back-pressure, exit status or exit signal. The channel closes when the command has ended and nothing that
 * it left behind holds its output, as sshd does it; such a background job outlives a command that ended by
 * itself, and not one whose channel the client closed.
 */
export function runCommand(channel: ServerChannel, command: Command, processes: Processes): Running {
  const outlet = openOutlet(channel)
  const cut = new AbortController()
  let group: number | undefined
  let over = false

  const finish = (status: number | NodeJS.Signals) => {
    over = true
    if (cut.signal.aborted) return
    sendExit(channel, status)
    channel.stderr.end()
    channel.end()
    channel.resume()
  }

  const hangUp = () => {
    if (cut.signal.aborted) return
    cut.abort()
    outlet.close()
    // Whoever waits for the channel's end needs its input read to the end.
    channel.unpipe().resume()
    if (group !== undefined && !over) processes.end(group)
  }
  for (const stream of [channel, channel.stderr]) stream.on('error', hangUp)

  const run = async () => {
    if (command.latencyMs > 0) await sleep(command.latencyMs, undefined, { signal: cut.signal })
    const child = start(command)
    group = child.pid
    if (group === undefined) throw (await once(child, 'error'))[0]
    const leader = group
    processes.started(leader)
    child.once('exit', () => processes.leaderExited(leader))
    cut.signal.addEventListener('abort', () => destroyStreams(child), { once: true })
    const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
    feed(channel, child.stdin)
    const sent = [outlet.drain(child.stdout, channel), outlet.drain(child.stderr, channel.stderr)]
    const [[status, signal]] = await Promise.all([closed, ...sent])
    finish(status ?? signal ?? cannotExecute)
  }

  run().catch((error: Error) => {
    if (cut.signal.aborted) return
    channel.stderr.write(`closet: cannot start the command: ${error.message}\n`)
    finish(cannotExecute)
  })

  return {
    hangUp,
    signal: signal => {
      if (group !== undefined) processes.signal(group, signal)
      else if (!over) {
        finish(signal)
        cut.abort()
      }
    },
  }
}

function start(command: Command): Child {
  return spawn('/bin/sh', [...command.arguments], {
    cwd: command.home,
    env: command.env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** A command that reads none or only some of its input is no trouble: the rest is taken and dropped. */
function feed(channel: ServerChannel, stdin: Writable): void {
  stdin.on('error', () => channel.unpipe(stdin).resume())
  stdin.once('close', () => channel.unpipe(stdin).resume())
  channel.pipe(stdin)
}

function destroyStreams(child: Child): void {
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
}

function sendExit(channel: ServerChannel, status: number | NodeJS.Signals): void {
  if (typeof status === 'number') channel.exit(status)
  else if (named.has(status.slice(3))) channel.exit(status.slice(3), false, '')
  else channel.exit(128 + constants.signals[status])
}
