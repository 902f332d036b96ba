import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'

const eventSchema = z.object({
  type: z.literal('lifecycle'),
  metadata: z.object({ action: z.string(), source: z.string() }),
})

/** Something that happened to an instance, such as `instance-started`. */
export interface LifecycleEvent {
  readonly action: string
  readonly instance: string
}

/**
 * What happens to instances, as it happens, until the signal or the server ends it. Rejects with `LxdError` when the
 * connection is lost; what happened meanwhile is not told again.
 *
 * @example
 * for await (const { action, instance } of watchEvents(client, { signal })) console.log(instance, action)
 */
export async function* watchEvents(
  client: LxdClient,
  options: CallOptions,
  onOpen: () => void = () => {},
): AsyncGenerator<LifecycleEvent> {
  const asked = { doing: 'listening to events', path: pathTo('events'), query: { type: 'lifecycle' } }
  const stream = await client.stream(asked, { ...options, messages: true })
  const stop = () => stream.destroy()
  options.signal.addEventListener('abort', stop, { once: true })
  try {
    if (options.signal.aborted) return
    onOpen()
    for await (const message of stream) {
      const event = readEvent(message)
      if (event) yield event
    }
  } catch (error) {
    if (!options.signal.aborted) throw error
  } finally {
    options.signal.removeEventListener('abort', stop)
    stream.destroy()
  }
}

/** What is no event of an instance is none of ours; servers of later versions have kinds that we don't know. */
function readEvent(message: Buffer): LifecycleEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(message.toString('utf8'))
  } catch {
    return undefined
  }
  const { data } = eventSchema.safeParse(value)
  if (!data) return undefined
  const found = /^\/1\.0\/(?:instances|containers)\/([^/?]+)(?:\?|$)/.exec(data.metadata.source)
  return found?.[1] ? { action: data.metadata.action, instance: decode(found[1]) } : undefined
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    // A name that was not encoded.
    return part
  }
}
