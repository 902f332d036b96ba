import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { ClientChannel } from 'ssh2'
import { quote } from '../../../core/quote.ts'
import type { Lease, Pool } from '../pool.ts'
import type { Target } from '../target.ts'

/** How rsync reaches the host: a remote shell for its `-e` that goes through a connection of ours. */
export interface RsyncShell {
  /** The words of `-e`. Spaces in paths are quoted as rsync reads them. */
  readonly command: string
  /** What the remote side said on stderr: its end. */
  said(): string
  /** The remote exit status: 127 means that there is no rsync. */
  exit(): number | null | undefined
  /** Why no session came about. */
  failure(): unknown
  close(): Promise<void>
}

/** The name under which rsync knows the host; it never leaves this machine. */
export const shellHost = 'reops'

/** Passes its arguments and then its stdin to a socket, and the socket to its stdout; it ends when the far side does. Plain JavaScript: it is a file of its own. */
const helper = `
const socket = require('node:net').connect({ path: process.argv[2], allowHalfOpen: true })
socket.on('connect', () => {
  socket.write(JSON.stringify(process.argv.slice(3)) + '\\n')
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
})
socket.on('end', () => process.stdout.write('', () => process.exit(0)))
socket.on('error', () => process.exit(255))
`

/** rsync's own arguments for the far side are short: its secluded mode sends the paths later. */
const longestRequest = 16 * 1_024
const tail = 4_096

/**
 * Listens on a socket in a folder that only we can enter, for the one helper that rsync will start. Everything
 * that it sends goes to an rsync on the target, over a pooled connection.
 */
export async function openRsyncShell(pool: Pool, target: Target, signal: AbortSignal): Promise<RsyncShell> {
  // Socket paths are short (104 bytes on some systems), so it is the system's own temporary folder.
  const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-rsync-'))
  const script = path.join(folder, 'shell.cjs')
  const door = path.join(folder, 'socket')
  await writeFile(script, helper, { mode: 0o600 })
  let stderr = ''
  let exit: number | null | undefined
  let failure: unknown
  let lease: Lease<ClientChannel> | undefined

  const attach = (channel: ClientChannel, socket: net.Socket) => {
    channel.on('exit', (code: number | null) => {
      exit = code
    })
    channel.stderr.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('utf8')).slice(-tail)
    })
    channel.on('error', () => undefined)
    channel.pipe(socket)
    socket.pipe(channel)
  }
  const serve = async (socket: net.Socket) => {
    const command = await readRequest(socket)
    lease = await pool.open<ClientChannel>(
      target,
      (client, answer) =>
        client.exec(command, (error, channel) => {
          if (error) return answer(error)
          attach(channel, socket)
          answer(undefined, channel)
        }),
      { signal },
    )
    lease.channel.once('close', lease.release)
  }
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => {
    // One helper; whoever else knocks is not ours.
    server.close()
    socket.on('error', () => undefined)
    serve(socket).catch((error: unknown) => {
      failure = error
      socket.destroy()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(door, resolve)
  })
  return {
    command: [process.execPath, script, door].map(rsyncQuote).join(' '),
    said: () => stderr,
    exit: () => exit,
    failure: () => failure,
    async close() {
      server.close()
      lease?.channel.close()
      lease?.release()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** rsync splits at spaces and knows quotes, in which a doubled quote stands for one. */
function rsyncQuote(word: string): string {
  return `"${word.replaceAll('"', '""')}"`
}

/** The helper's first line: the host and the words of the remote command. What follows stays in the socket. */
function readRequest(socket: net.Socket): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let held = Buffer.alloc(0)
  const onData = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    const end = held.indexOf('\n')
    if (end < 0 && held.length <= longestRequest) return
    socket.pause()
    socket.removeListener('data', onData)
    if (end < 0) return reject(new Error('rsync asked for something that is too long'))
    socket.unshift(held.subarray(end + 1))
    const [host, ...command]: string[] = JSON.parse(held.toString('utf8', 0, end))
    if (host !== shellHost) return reject(new Error(`rsync asked for another host, ${host}`))
    resolve(quote(command))
  }
  socket.on('data', onData)
  socket.once('close', () => reject(new Error('rsync went away')))
  socket.resume()
  return promise
}
