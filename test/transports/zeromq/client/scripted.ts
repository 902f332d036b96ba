import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { BridgeCall } from '../../../../src/core/bridge.ts'
import type { Progress } from '../../../../src/core/context.ts'
import type { Json } from '../../../../src/core/json.ts'
import type { Clock } from '../../../../src/core/ports.ts'
import type { TaskRequest } from '../../../../src/core/task.ts'
import { systemClock } from '../../../../src/executor/index.ts'
import type { Packet, Peer } from '../../../../src/transports/zeromq/channel.ts'
import { type BridgeClientOptions, openBridgeClient } from '../../../../src/transports/zeromq/client/index.ts'
import { type ToBridge, toBridge } from '../../../../src/transports/zeromq/messages.ts'
import { type Line, openLine } from '../../../fakes/channel.ts'
import { memoryStore } from '../../../fakes/memory-store.ts'

/** What a scripted bridge does with a message; what it does not say is that of a bridge without faults. */
export type Script = (message: ToBridge, at: { readonly peer: Peer; readonly bytes: Uint8Array }) => unknown

/** Quick enough for tests, and long enough for a busy machine. */
const limits = { connectMs: 5_000, askMs: 5_000, graceMs: 5_000 }

/** A client over a line in memory to a bridge that does as a test says. */
export function scriptedClient(
  script: Script,
  options: Partial<BridgeClientOptions> & { readonly clock?: Clock } = {},
) {
  const heard: ToBridge[] = []
  const theirs = memoryStore()
  const own = memoryStore()
  const partial = new Map<string, Buffer[]>()
  let line: Line | undefined
  const onPacket = (peer: Peer, { body, bytes = new Uint8Array() }: Packet) => {
    const message = toBridge.parse(body)
    heard.push(message)
    if (script(message, { peer, bytes }) !== undefined) return
    keep(message, peer, bytes)
  }
  /** The store of a bridge without faults. */
  const keep = (message: ToBridge, peer: Peer, bytes: Uint8Array) => {
    if (message.kind === 'have') {
      const keys = message.keys.filter(key => !theirs.kept.has(key))
      peer.send({ body: { kind: 'missing', nonce: message.nonce, keys } })
    }
    if (message.kind === 'put') {
      const chunks = [...(partial.get(message.key) ?? []), Buffer.from(bytes)]
      partial.set(message.key, chunks)
      const whole = Buffer.concat(chunks)
      if (whole.length === message.total) void theirs.put(whole.toString())
      peer.send({ body: { kind: 'put-ok', nonce: message.nonce, have: whole.length } })
    }
    if (message.kind === 'get') {
      const whole = Buffer.from(theirs.kept.get(message.key) ?? '')
      const chunk = whole.subarray(message.offset, message.offset + 256 * 1024)
      peer.send({ body: { kind: 'chunk', nonce: message.nonce, total: whole.length }, bytes: chunk })
    }
  }
  const client = openBridgeClient({
    url: 'tcp://closet:5760',
    dial: listener => {
      line = openLine({ onPacket }, listener, { name: 'laptop', role: 'submit' })
      return line.channel
    },
    clock: systemClock,
    store: own,
    random: () => 0,
    ...options,
    limits: { ...limits, ...options.limits },
  })
  onTestFinished(() => client.close())
  return { client, heard, theirs, own, line: line!, kinds: () => heard.map(({ kind }) => kind) }
}

/** A request of a step that answers what it is given. */
export function request(data: Json, more: Partial<TaskRequest> = {}): TaskRequest {
  return {
    operation: 'echo',
    args: {},
    flow: 'adhoc',
    step: 'echo',
    version: 'v1',
    execution: { id: 'arn:one', name: 'one', startedAt: '2030-01-01T00:00:00.000Z' },
    data,
    ...more,
  }
}

/** A call that remembers what it heard. */
export function calling(id: string, more: Partial<BridgeCall> = {}) {
  const events: Progress[] = []
  const controller = new AbortController()
  let beats = 0
  const call: BridgeCall = {
    id,
    signal: controller.signal,
    progress: event => void events.push(event),
    heartbeat: () => void beats++,
    ...more,
  }
  return { call, events, controller, beats: () => beats }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** How a promise was rejected. */
export async function rejection(promise: Promise<unknown>): Promise<Error & Record<string, unknown>> {
  return promise.then(
    value => {
      throw new Error(`it answered ${JSON.stringify(value)}`)
    },
    error => error,
  )
}
