import path from 'node:path'
import { type CommandOptions, HostTrouble, type Kept } from '../../core/ports.ts'
import { createOutput } from '../ssh/output.ts'
import type { Bucket, Stored } from './bucket.ts'
import type { SsmSettings } from './options.ts'
import { type Told, tellingBytes, toldIn } from './script.ts'
import { troubleOf } from './trouble.ts'
import type { Invocation, Sent } from './watch.ts'

/** What of a stream comes back. */
export interface Stream {
  readonly text: string
  readonly kept: Kept | undefined
}

/** Both streams of a command that has ended, and what its script told of the end. */
export interface Outputs {
  readonly stdout: Stream
  readonly stderr: Stream
  /** An exit status, or why the command was not run. Absent when it was ended, or never began. */
  readonly what: string | undefined
  /** The stream of which there is more than AWS hands over, where nothing has the rest. */
  readonly cut: 'stdout' | 'stderr' | undefined
  /** Whether a stream said more than it may. */
  readonly overflow: boolean
}

export interface OutputParts {
  readonly bucket: Bucket | undefined
  readonly settings: SsmSettings
  readonly onOutput: CommandOptions['onOutput']
  /** Ends the reading. */
  readonly signal: AbortSignal
}

/** Characters that GetCommandInvocation hands over, and what agents write where they cut. */
const handedOver = { stdout: 24_000, stderr: 8_000 }
const suffix = /-+ ?output truncated ?-+\s*$/i

/** Reads what a command said: from AWS's answer, or whole from the bucket where that is cut. Throws `HostTrouble`. */
export async function outputsOf(
  parts: OutputParts,
  sent: Sent,
  invocation: Invocation,
  mark: string,
): Promise<Outputs> {
  const inline = {
    stdout: invocation.StandardOutputContent ?? '',
    stderr: invocation.StandardErrorContent ?? '',
  }
  const told = toldIn(inline.stderr, mark)
  // Of a command that was ended AWS hands nothing over, and the bucket may have something.
  const ended = invocation.Status !== 'Success' && invocation.Status !== 'Failed'
  const isCut = (name: 'stdout' | 'stderr') =>
    ended || isLong(inline[name], handedOver[name]) || (name === 'stderr' && told === undefined)
  const needs = { stdout: isCut('stdout'), stderr: isCut('stderr') }
  const { commandId, instance } = sent
  try {
    const stored = needs.stdout || needs.stderr ? await storedOf(parts, sent) : {}
    const last: Last | undefined =
      needs.stderr && stored.stderr ? await toldLast(parts, stored.stderr, mark) : told
    const take = (name: 'stdout' | 'stderr', text: string) => {
      const object = needs[name] ? stored[name] : undefined
      const known =
        name === 'stderr' && object && last?.at !== undefined ? { ...object, bytes: last.at } : object
      return keep(parts, `${commandId}.${instance.id}.${name}`, name, known ?? text)
    }
    const more = (['stdout', 'stderr'] as const).find(
      name => !ended && isLong(inline[name], handedOver[name]) && stored[name] === undefined,
    )
    const stdout = await take('stdout', inline.stdout)
    const stderr = await take('stderr', told?.stderr ?? inline.stderr)
    const { spoolLimit } = parts.settings
    const overflow = [stdout.kept, stderr.kept].some(kept => kept !== undefined && kept.bytes > spoolLimit)
    return { stdout, stderr, what: last?.what, cut: more, overflow }
  } catch (error) {
    parts.signal.throwIfAborted()
    throw troubleOf(instance.where, 'what its command said', error)
  }
}

function isLong(text: string, limit: number): boolean {
  return Buffer.byteLength(text) >= limit || suffix.test(text)
}

/** `at` is where in the bucket's object the telling line begins. */
type Last = Told & { readonly at?: number }

type Both = { readonly [name in 'stdout' | 'stderr']?: Stored }

/** Where Run Command left the streams: by command, instance and plug-in. */
export async function storedOf(
  { bucket, settings, signal }: Pick<OutputParts, 'bucket' | 'settings' | 'signal'>,
  { commandId, instance }: Sent,
): Promise<Both> {
  if (bucket === undefined) return {}
  const found = await bucket.list(`${settings.output?.prefix}/${commandId}/${instance.id}/`, signal)
  const one = (name: string) => found.find(({ key }) => key.endsWith(`/${name}`))
  const [stdout, stderr] = [one('stdout'), one('stderr')]
  return { ...(stdout ? { stdout } : {}), ...(stderr ? { stderr } : {}) }
}

/** What the last line in the bucket tells, and at which byte it begins. */
async function toldLast(
  { bucket, signal }: OutputParts,
  { key, bytes }: Stored,
  mark: string,
): Promise<Last | undefined> {
  const end = await bytesOf(await bucket!.read(key, `bytes=-${tellingBytes}`, signal))
  const at = end.lastIndexOf(`\n${mark} `)
  const told = toldIn(end.toString('latin1'), mark)
  return told && { ...told, at: Math.max(0, bytes - end.length + at) }
}

/** Keeps a stream as the settings say: the end as text, and the whole in a file, or where it is. */
async function keep(
  parts: OutputParts,
  name: string,
  stream: 'stdout' | 'stderr',
  said: string | Stored,
): Promise<Stream> {
  const { bucket, settings, onOutput, signal } = parts
  const { spoolFolder, inlineLimit, spoolLimit } = settings
  // It is cut off over there, a little later; a byte too many tells so.
  const from = typeof said === 'string' ? said : { ...said, bytes: Math.min(said.bytes, spoolLimit + 1) }
  if (spoolFolder === undefined) return keepThere(parts, stream, from)
  let drained = Promise.withResolvers<void>()
  const output = createOutput({
    inlineLimit,
    file: path.join(spoolFolder, name),
    limit: spoolLimit + 1,
    onDrain: () => {
      drained.resolve()
      drained = Promise.withResolvers()
    },
    onOverflow: () => undefined,
  })
  const push = async (chunk: Buffer) => {
    if (chunk.length === 0) return
    onOutput?.(stream, chunk)
    const { promise } = drained
    if (output.push(chunk)) await promise
  }
  try {
    if (typeof from === 'string') await push(Buffer.from(from))
    else if (from.bytes > 0)
      for await (const chunk of await bucket!.read(from.key, `bytes=0-${from.bytes - 1}`, signal))
        await push(Buffer.from(chunk))
  } catch (error) {
    await output.finish().catch(() => undefined)
    throw error
  }
  const kept = await output.finish().catch((cause: Error) => {
    throw new HostTrouble('exception', `its output could not be kept in ${spoolFolder}: ${cause.message}`, {
      cause,
    })
  })
  return { text: output.tail(), kept }
}

async function keepThere(
  { bucket, settings, onOutput, signal }: OutputParts,
  stream: 'stdout' | 'stderr',
  from: string | Stored,
): Promise<Stream> {
  if (typeof from === 'string') {
    if (from !== '') onOutput?.(stream, Buffer.from(from))
    return { text: from, kept: undefined }
  }
  const start = Math.max(0, from.bytes - settings.inlineLimit)
  const end =
    from.bytes === 0
      ? Buffer.alloc(0)
      : await bytesOf(await bucket!.read(from.key, `bytes=${start}-${from.bytes - 1}`, signal))
  if (end.length > 0) onOutput?.(stream, end)
  const kept = start === 0 ? undefined : { bytes: from.bytes, ref: `s3://${bucket?.name}/${from.key}` }
  return { text: (start === 0 ? end : fromCharacter(end)).toString('utf8'), kept }
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Drops what is left of a character that begins before the cut. */
function fromCharacter(bytes: Buffer): Buffer {
  let start = 0
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
  return bytes.subarray(start)
}
