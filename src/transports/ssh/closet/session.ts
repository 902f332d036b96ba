import { constants } from 'node:os'
import type { ServerChannel, Session, SFTPWrapper } from 'ssh2'
import { type Command, type Running, runCommand } from './command.ts'
import type { Processes } from './processes.ts'
import { serveSftp } from './sftp/server.ts'

/** What a session needs to know of the host that it is on. */
export interface SessionHost {
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  readonly latencyMs: number
  readonly processes: Processes
  /** Work that has to be over before the host is closed. */
  readonly tasks: Set<Promise<void>>
}

/** What a stock sshd lets a client set; everything else about the environment is the host's. */
const settable = /^(?:LANG|LC_[A-Z]+)$/
const longestValue = 256

/**
 * Serves one session channel: `exec`, `shell` and the SFTP subsystem. Agent and X11 forwarding and any other
 * subsystem are refused by having no listener.
 *
 * There are no terminals: a pty is refused, and `ssh` says so and goes on. A shell is then `sh` over pipes,
 * with a prompt when a pty had been asked for, which is enough to look around and type commands. A command's
 * text fits one SSH packet: ssh2 ends the connection over one larger than 35,000 bytes, where sshd takes 256 KiB.
 * Streams are sockets, so `>/dev/stderr` by name fails in a command where `>&2` works.
 *
 * @returns a function to call when the connection is lost, since ssh2 tells only the connection.
 */
export function serveSession(session: Session, host: SessionHost): () => void {
  const env: Record<string, string> = {}
  let running: Running | undefined
  let atTerminal = false

  const command = (args: readonly string[]): Command => ({
    arguments: args,
    home: host.home,
    env: { ...env, ...host.env },
    latencyMs: host.latencyMs,
  })
  const run = (channel: ServerChannel | undefined, args: readonly string[]) => {
    // ssh2 gives no channel when the session has ended in the meantime.
    if (channel) running = runCommand(channel, command(args), host.processes)
  }
  const hangUp = () => running?.hangUp()

  session.on('env', (accept, reject, { key, val }) => {
    if (!settable.test(key) || val.length > longestValue || val.includes('\0')) return reject?.()
    env[key] = val
    accept?.()
  })
  session.on('pty', (_accept, reject) => {
    atTerminal = true
    reject?.()
  })
  session.on('exec', (accept, _reject, { command }) => run(accept(), ['-c', command]))
  session.on('shell', accept => run(accept(), atTerminal ? ['-i', '+m'] : ['-s']))
  session.on('sftp', accept => {
    const sftp: SFTPWrapper | undefined = accept()
    if (!sftp) return
    const served = serveSftp(sftp, { home: host.home, latencyMs: host.latencyMs })
    host.tasks.add(served)
    void served.finally(() => host.tasks.delete(served))
  })
  session.on('signal', (accept, reject, { name }) => {
    const signal = signalNamed(name)
    if (!running || !signal) return reject?.()
    running.signal(signal)
    accept?.()
  })
  session.on('eof', () => {
    // ssh2 takes the end of input for the end of the session and would drop the signals that follow it.
    ;(session as unknown as { _ending: boolean })._ending = false
  })
  session.on('close', hangUp)
  return hangUp
}

function signalNamed(name: string): NodeJS.Signals | undefined {
  const signal = `SIG${name}`
  return Object.hasOwn(constants.signals, signal) ? (signal as NodeJS.Signals) : undefined
}
