import path from 'node:path'
import type { ClientChannel } from 'ssh2'
import type { CommandOptions, CommandResult } from '../../core/ports.ts'
import { createMarkFilter } from './mark-filter.ts'
import type { SshSettings } from './options.ts'
import { createOutput, type Output } from './output.ts'
import { wordsOf } from './trouble.ts'

/** A command that is running, with its output. */
export interface Session {
  readonly channel: ClientChannel
  /** Resolves when the channel is closed and its output is read. */
  readonly over: Promise<'closed'>
  /** Resolves when a stream has said more than we keep. */
  readonly overflow: Promise<'overflow'>
  /** The remote process id. It does not come where the host runs a command of its own. */
  readonly pid: Promise<number>
  /** `undefined` when the channel closed without an exit status. Throws what kept the output from being kept. */
  result(): Promise<CommandResult | undefined>
  /** The ends of both streams, for a trouble's detail. Kept files stay. */
  soFar(): Promise<Record<string, unknown>>
}

/** Of a failed command's output, this many characters go into the trouble's detail. */
const detailTail = 4_096

type SessionSettings = Pick<SshSettings, 'inlineLimit' | 'spoolFolder' | 'spoolLimit'>

/**
 * Moves bytes both ways and notices the end; `onShell` learns the user's login shell. It must be called in the very callback that brings the channel:
 * a quick command's exit status may be in the same packet, and an event that nobody hears is gone.
 */
export function startSession(
  channel: ClientChannel,
  mark: string,
  settings: SessionSettings,
  options: CommandOptions,
  onShell: (shell: string) => void,
): Session {
  const over = Promise.withResolvers<'closed'>()
  const overflow = Promise.withResolvers<'overflow'>()
  const pid = Promise.withResolvers<number>()
  let exit: number | null | undefined
  let signal: string | undefined
  let open = 3

  // Both streams share one window: if only one of them paused, the other would let the host send on.
  const resume = () => {
    channel.resume()
    channel.stderr.resume()
  }
  const makeOutput = (name: string) =>
    createOutput({
      inlineLimit: settings.inlineLimit,
      file: path.join(settings.spoolFolder, `${mark}.${name}`),
      limit: settings.spoolLimit,
      onDrain: resume,
      onOverflow: () => overflow.resolve('overflow'),
    })
  const stdout = makeOutput('stdout')
  const stderr = makeOutput('stderr')
  const filter = createMarkFilter(mark, (found, shell) => {
    pid.resolve(found)
    if (shell) onShell(shell)
  })
  const take = (output: Output, name: 'stdout' | 'stderr', chunk: Buffer) => {
    if (chunk.length === 0) return
    options.onOutput?.(name, chunk)
    if (!output.push(chunk)) return
    channel.pause()
    channel.stderr.pause()
  }
  const end = () => {
    if (--open === 0) over.resolve('closed')
  }

  channel.on('exit', (code: number | null, name?: string) => {
    exit = code
    signal = name
  })
  channel.on('data', (chunk: Buffer) => take(stdout, 'stdout', chunk))
  channel.stderr.on('data', (chunk: Buffer) => take(stderr, 'stderr', filter.push(chunk)))
  channel.on('end', end)
  channel.stderr.on('end', () => {
    take(stderr, 'stderr', filter.rest())
    end()
  })
  channel.on('close', end)
  // A host that stops reading ends the channel; what could not be written is no trouble of its own.
  channel.on('error', () => undefined)
  channel.end(options.stdin ?? '')

  const keep = async (): Promise<Pick<CommandResult, 'kept'>> => {
    const [out, err] = await Promise.all([stdout.finish(), stderr.finish()])
    return out || err ? { kept: { stdout: out, stderr: err } } : {}
  }
  return {
    channel,
    over: over.promise,
    overflow: overflow.promise,
    pid: pid.promise,
    async result() {
      if (exit === undefined) return undefined
      const kept = await keep()
      return { stdout: stdout.tail(), stderr: stderr.tail(), exit, ...(signal ? { signal } : {}), ...kept }
    },
    async soFar() {
      const kept = await keep().catch((error: unknown) => ({ notKept: wordsOf(error) }))
      return { stdout: stdout.tail().slice(-detailTail), stderr: stderr.tail().slice(-detailTail), ...kept }
    },
  }
}
