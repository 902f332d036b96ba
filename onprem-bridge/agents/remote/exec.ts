import { randomUUID } from 'node:crypto'
import path from 'node:path'
import * as z from 'zod'
import { type CommandOptions, type CommandResult, HostTrouble } from '../../../src/core/ports.ts'
import { quote } from '../../../src/core/quote.ts'
import { createOutput, type Output } from '../../../src/transports/ssh/output.ts'
import type { AgentLine } from '../hub.ts'

/** How much of a command's output stays, and where. Sizes are bytes. */
export interface ExecSettings {
  readonly inlineLimit: number
  readonly spoolLimit: number
  readonly spoolFolder: string
}

const answered = z.object({ exit: z.int().nullable(), signal: z.string().max(20).optional() })
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Of a failed command's output, this many characters go into the trouble's detail. */
const detailTail = 4_096

/** Linux takes no single argument of 128 KiB, and a command that is a string is one. */
const longestCommand = 128 * 1_024 - 1

/** Runs one command by an agent. Throws `HostTrouble`, and `UnquotableWord`; a non-zero exit is a result. */
export async function exec(
  line: AgentLine,
  settings: ExecSettings,
  command: readonly string[] | string,
  options: CommandOptions & { readonly timeout: number },
): Promise<CommandResult> {
  checkCommand(command, options.env)
  const overflow = new AbortController()
  const id = randomUUID()
  const make = (name: 'stdout' | 'stderr') =>
    openKept(path.join(settings.spoolFolder, `${id}.${name}`), settings, overflow)
  const kept = { stdout: make('stdout'), stderr: make('stderr') }
  try {
    const answer = await line.call({
      name: 'exec',
      params: { command: command as string | string[], env: { ...options.env } },
      signal: AbortSignal.any([options.signal, overflow.signal]),
      timeout: options.timeout,
      input: inputOf(options.stdin),
      onBytes: (stream, bytes) => {
        if (stream === 'content' || overflow.signal.aborted) return
        options.onOutput?.(stream, bytes)
        return kept[stream].push(bytes)
      },
    })
    const { exit, signal } = answered.parse(answer)
    return { ...(await resultOf(line.host, kept, settings)), exit, ...(signal ? { signal } : {}) }
  } catch (error) {
    if (!(error instanceof HostTrouble)) throw error
    const soFar = {
      stdout: kept.stdout.output.tail().slice(-detailTail),
      stderr: kept.stderr.output.tail().slice(-detailTail),
      ...(await keep(kept).catch(() => ({}))),
    }
    const detail = { ...error.detail, ...soFar }
    if (!overflow.signal.aborted || options.signal.aborted)
      throw new HostTrouble(error.code, error.message, { cause: error.cause, detail })
    const message = `${line.host}: the command said more than ${settings.spoolLimit} bytes (spoolLimit) and was ended. Send it to a file over there`
    throw new HostTrouble('exception', message, { detail })
  }
}

/** What can't be sent is refused before it is. */
function checkCommand(command: readonly string[] | string, env: Readonly<Record<string, string>> = {}): void {
  if (command.length === 0)
    throw new HostTrouble('exception', 'the command is empty; give it a program to run')
  const words = typeof command === 'string' ? [] : command
  // It throws for what no command line can carry.
  quote([...words, ...Object.values(env)])
  const odd = Object.keys(env).find(name => !variableName.test(name))
  if (odd !== undefined)
    throw new HostTrouble(
      'exception',
      `${JSON.stringify(odd)} is no name for an environment variable: it takes letters, digits and underscores`,
    )
  const bytes = typeof command === 'string' ? Buffer.byteLength(command) : quote(command).length
  if (bytes > longestCommand)
    throw new HostTrouble(
      'exception',
      `the command takes ${bytes} bytes, and a host takes at most ${longestCommand}: upload it as a file, or send the data by stdin`,
    )
}

interface KeptOutput {
  readonly output: Output
  /** Resolves when there is room for more. */
  push(bytes: Uint8Array): void | Promise<void>
}

function openKept(
  file: string,
  { inlineLimit, spoolLimit }: ExecSettings,
  overflow: AbortController,
): KeptOutput {
  let drained = Promise.withResolvers<void>()
  const output = createOutput({
    inlineLimit,
    file,
    limit: spoolLimit,
    onDrain: () => {
      drained.resolve()
      drained = Promise.withResolvers()
    },
    onOverflow: () => overflow.abort(new Error('it said too much')),
  })
  return { output, push: bytes => (output.push(Buffer.from(bytes)) ? drained.promise : undefined) }
}

type Both = Readonly<Record<'stdout' | 'stderr', KeptOutput>>

async function keep({ stdout, stderr }: Both): Promise<Pick<CommandResult, 'kept'>> {
  const [out, err] = await Promise.all([stdout.output.finish(), stderr.output.finish()])
  return out || err ? { kept: { stdout: out, stderr: err } } : {}
}

async function resultOf(host: string, both: Both, { spoolFolder }: ExecSettings) {
  const kept = await keep(both).catch((cause: unknown) => {
    throw new HostTrouble(
      'exception',
      `${host}: its output could not be kept in ${spoolFolder}: ${(cause as Error).message}`,
      { cause },
    )
  })
  return { stdout: both.stdout.output.tail(), stderr: both.stderr.output.tail(), ...kept }
}

async function* inputOf(stdin: string | Uint8Array = ''): AsyncGenerator<Uint8Array> {
  const bytes = typeof stdin === 'string' ? Buffer.from(stdin) : stdin
  if (bytes.length > 0) yield bytes
}
