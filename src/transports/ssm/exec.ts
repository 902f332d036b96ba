import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { whenAborted } from '../../core/aborted.ts'
import { type CommandOptions, type CommandResult, HostTrouble } from '../../core/ports.ts'
import { noTimeout, startDeadline } from '../ssh/deadline.ts'
import { makeMark } from '../ssh/mark.ts'
import type { Bucket } from './bucket.ts'
import type { Clients } from './clients.ts'
import { explained, refusedTo } from './ending.ts'
import type { Instance } from './instance.ts'
import type { SsmSettings } from './options.ts'
import { type OutputParts, type Outputs, outputsOf } from './output.ts'
import { endOf, type Input, mostInline, scriptOf } from './script.ts'
import { send } from './send.ts'
import { troubleOf } from './trouble.ts'
import type { Followed, Invocation, Sent, Watch } from './watch.ts'

export interface ExecParts {
  readonly clients: Clients
  readonly settings: SsmSettings
  readonly watch: Watch
  readonly bucket: Bucket | undefined
}

/** Of a failed command's output, this many characters go into the trouble's detail. */
const detailTail = 4_096

/** What a command reads: bytes, or a file of this machine. */
type Source = string | Uint8Array | FileSource

interface FileSource {
  readonly file: string
  readonly bytes: number
  readonly onRead?: ((bytes: number) => void) | undefined
}

/** Bytes of a file that are sent from memory, and can be sent again when a line breaks; larger ones are streamed. */
const inMemory = 8 * 1_024 ** 2

interface ConductOptions extends Omit<CommandOptions, 'stdin' | 'onOutput'> {
  readonly stdin?: Source | undefined
  /** Bytes of a stream after which it is cut off. */
  readonly limit: number
}

/** Runs one command by Run Command. Throws `HostTrouble`, and `UnquotableWord`; a non-zero exit is a result. */
export function exec(
  parts: ExecParts,
  instance: Instance,
  command: readonly string[] | string,
  options: CommandOptions,
): Promise<CommandResult> {
  const { settings } = parts
  const limit = settings.spoolLimit + 1
  return conduct(parts, instance, command, { ...options, limit }, async (sent, ended, mark, signal) => {
    return resultOf(await settled({ ...parts, onOutput: options.onOutput, signal }, sent, ended, mark))
  })
}

/**
 * Sends a command, follows it, and reads what came of it. A deadline or an abort cancels it there, which kills it and all
 * of its process group at once, before this throws. `read` is ended by its own signal, at the same deadline.
 */
export async function conduct<T>(
  parts: ExecParts,
  instance: Instance,
  command: readonly string[] | string,
  options: ConductOptions,
  read: (sent: Sent, ended: Invocation, mark: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { settings, watch } = parts
  const timeout = options.timeout ?? noTimeout
  const deadline = startDeadline(timeout, options.signal)
  const stopped = (became: string, detail: Record<string, unknown> = {}) => {
    const [code, what] = deadline.expired()
      ? (['timeout', `took longer than ${timeout} ms`] as const)
      : (['cancelled', 'was cancelled'] as const)
    return new HostTrouble(code, `${instance.where}: the command ${what} ${became}`, { detail })
  }
  const mark = makeMark()
  const frame = { mark, user: instance.user, limit: options.limit }
  let remove: (() => Promise<void>) | undefined
  try {
    // What can't be sent is refused before anything is put anywhere.
    scriptOf(command, options.env, { ...frame, input: { kind: 'none' } })
    if (deadline.signal.aborted) throw stopped('and was not sent')
    const lent = await inputOf(parts, instance, options.stdin, deadline.signal).catch(error => {
      throw deadline.signal.aborted ? stopped('and was not sent') : error
    })
    remove = lent.remove
    const script = scriptOf(command, options.env, { ...frame, input: lent.input })
    const order = { script, mark, timeout }
    const sent = await send(parts.clients, settings, instance, order, deadline.signal).catch(error => {
      throw error instanceof HostTrouble ? error : stopped('and was not sent')
    })
    const followed = watch.follow(sent)
    const first = await Promise.race([followed.ended, whenAborted(deadline.signal)])
    if (first !== 'aborted')
      return await read(sent, first, mark, deadline.signal).catch(error => {
        if (!deadline.signal.aborted) throw error
        throw stopped('and had ended; what it said was not read to its end', {
          remote: 'ended',
          commandId: sent.commandId,
        })
      })
    const { remote, outputs } = await end(parts, sent, followed, mark)
    const became = remote === 'ended' ? 'and was ended' : 'and was asked to end; whether it did is not known'
    throw stopped(became, { ...outputs, remote, commandId: sent.commandId })
  } finally {
    deadline.clear()
    // What stays there is removed by the bucket's lifecycle; it is no trouble of this command.
    await remove?.().catch(() => undefined)
  }
}

/** What a command said that has run to its end. Throws `HostTrouble` where it has not, or where not all of it is there. */
export async function settled(
  parts: OutputParts,
  sent: Sent,
  ended: Invocation,
  mark: string,
): Promise<Outputs> {
  const outputs = await outputsOf(parts, sent, ended, mark)
  const trouble = explained(sent.instance.where, ended, outputs, parts.settings)
  if (!trouble) return outputs
  const detail = { ...tails(outputs), commandId: sent.commandId }
  throw new HostTrouble(trouble.code, trouble.message, { detail })
}

function resultOf({ stdout, stderr, what }: Outputs): CommandResult {
  const kept = stdout.kept || stderr.kept ? { kept: { stdout: stdout.kept, stderr: stderr.kept } } : {}
  return { stdout: stdout.text, stderr: stderr.text, ...endOf(Number(what)), ...kept }
}

/** Cancels a command and waits until the instance says that it has ended. */
async function end(parts: ExecParts, sent: Sent, followed: Followed, mark: string) {
  const { clients, settings } = parts
  const { aws, ssm } = clients
  const unknown = { remote: 'unknown' as const, outputs: {} }
  try {
    const asked = new AbortController()
    const late = sleep(settings.endingTimeout, undefined, { signal: asked.signal }).catch(() => undefined)
    try {
      const call = { CommandId: sent.commandId, InstanceIds: [sent.instance.id] }
      const cancelling = ssm.send(new aws.CancelCommandCommand(call), { abortSignal: asked.signal })
      if ((await Promise.race([cancelling.then(() => true), late])) === undefined) return unknown
      followed.hurry()
      const ended = await Promise.race([followed.ended, late])
      if (ended === undefined) return unknown
      const read = outputsOf({ ...parts, onOutput: undefined, signal: asked.signal }, sent, ended, mark)
      // What it said is told where it comes in time.
      const outputs = await Promise.race([read.catch(() => undefined), late])
      return { remote: 'ended' as const, outputs: outputs === undefined ? {} : tails(outputs) }
    } finally {
      asked.abort()
      followed.leave()
    }
  } catch {
    // The trouble that led here is what the caller reports.
    return unknown
  }
}

function tails({ stdout, stderr, cut }: Outputs): Record<string, unknown> {
  const kept = stdout.kept || stderr.kept ? { kept: { stdout: stdout.kept, stderr: stderr.kept } } : {}
  return {
    stdout: stdout.text.slice(-detailTail),
    stderr: stderr.text.slice(-detailTail),
    ...kept,
    ...(cut === undefined ? {} : { cut }),
  }
}

/** Where a command's input is put so that its host gets it. */
async function inputOf(
  { bucket }: ExecParts,
  instance: Instance,
  source: Source = '',
  signal: AbortSignal,
): Promise<{ readonly input: Input; readonly remove?: () => Promise<void> }> {
  const given = typeof source === 'string' ? Buffer.from(source) : source
  const size = 'file' in given ? given.bytes : given.length
  if (size === 0) return { input: { kind: 'none' } }
  if (size > mostInline && bucket === undefined)
    throw refusedTo(instance.where, `send ${size} bytes of input`, mostInline)
  if (size <= mostInline || bucket === undefined)
    return { input: { kind: 'inline', bytes: 'file' in given ? await readFile(given.file) : given } }
  const body = !('file' in given)
    ? given
    : size <= inMemory
      ? await readFile(given.file)
      : streamOf(given, signal)
  try {
    const { url, remove } = await bucket.lend(body, size, signal)
    return { input: { kind: 'fetched', url }, remove }
  } catch (error) {
    throw troubleOf(instance.where, `its input was not put into the bucket ${bucket.name}`, error)
  } finally {
    if (body instanceof Readable) body.destroy()
  }
}

/** A file as a stream that tells how far it is. */
function streamOf({ file, bytes, onRead }: FileSource, signal: AbortSignal): Readable {
  let read = 0
  const counted = async function* () {
    for await (const chunk of createReadStream(file, { end: bytes - 1, signal })) {
      read += chunk.length
      // All of it is only there when the host has it.
      if (read < bytes) onRead?.(read)
      yield chunk
    }
  }
  return Readable.from(counted(), { objectMode: false })
}
