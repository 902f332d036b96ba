import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import { type FarEnd, HostTrouble } from '../../core/ports.ts'
import { quote } from '../../core/quote.ts'
import { ChannelError } from './channel.ts'
import type { Pool, PoolOptions } from './pool.ts'
import { describeTarget, type Target } from './target.ts'
import { printable } from './trouble.ts'

/** Of what a command complains, this many characters are kept. */
const complaint = 500

/**
 * Opens a raw stream to a unix socket on a host, or to a command there, over a pooled connection whose place it gives
 * back when it closes. Throws `HostTrouble`: a far end that is not there, or that its sshd does not lead to, is an
 * `exception`. A command that fails destroys its stream with one.
 */
export async function openFarEnd(
  pool: Pool,
  target: Target,
  to: FarEnd,
  options: PoolOptions,
): Promise<Duplex> {
  const where = `${target.host}: ${describeTarget(target)}`
  const socket = 'socketPath' in to
  try {
    const lease = await pool.open<ClientChannel>(
      target,
      (client, answer) => {
        if (socket) forward(() => client.openssh_forwardOutStreamLocal(to.socketPath, answer), answer)
        else client.exec(quote(to.command), answer)
      },
      { ...options, tunnel: socket },
    )
    lease.channel.once('close', lease.release)
    return socket ? lease.channel : watched(lease.channel, `${where}: ${to.command[0]}`)
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error
    const what = socket ? `does not lead to ${to.socketPath}` : 'does not execute commands for this user'
    const code = error.failure === 'unknown' ? 'unknown' : 'exception'
    throw new HostTrouble(code, `${where} ${what}: ${error.message}`, {
      cause: error,
      detail: { reason: error.reason },
    })
  }
}

/** ssh2 throws where the server is not OpenSSH, which alone has this. */
function forward(ask: () => unknown, refuse: (error: Error) => void): void {
  try {
    ask()
  } catch (error) {
    refuse(error instanceof Error ? error : new Error(String(error)))
  }
}

/** The channel of a command, whose end is told only when its exit status says that it is one. */
function watched(channel: ClientChannel, what: string): Duplex {
  let complaints = ''
  channel.stderr.on('data', chunk => {
    complaints = `${complaints}${chunk}`.slice(-complaint)
  })
  const duplex = new Duplex({
    read: () => channel.resume(),
    write: (chunk, _encoding, done) => channel.write(chunk, done),
    final(done) {
      channel.end()
      done()
    },
    destroy(error, done) {
      channel.destroy()
      done(error)
    },
  })
  channel.on('data', (chunk: Buffer) => {
    if (!duplex.push(chunk)) channel.pause()
  })
  channel.on('error', (error: Error) => duplex.destroy(error))
  // A quick command's exit may be told before anybody can listen; the end of its channel tells it again.
  channel.on('close', (code?: number | null, signal?: string) => {
    const exit = code ?? signal ?? null
    if (exit === 0) duplex.push(null)
    else
      duplex.destroy(
        new HostTrouble('exception', `${what} ended with ${exit}: ${printable(complaints, complaint)}`),
      )
  })
  return duplex
}
