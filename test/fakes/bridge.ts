import { createHash } from 'node:crypto'
import type { BridgePort } from '../../src/core/bridge.ts'
import type { Clock } from '../../src/core/ports.ts'
import type { SpillStore } from '../../src/core/spill.ts'
import type { Definition } from '../../src/core/step.ts'
import { answerTask, type Desk, describeError, type TaskRequest } from '../../src/core/task.ts'
import { systemClock } from '../../src/executor/index.ts'
import { onpremOperations } from '../../src/operations/onprem.ts'
import type { Peer, Reception } from '../../src/transports/zeromq/channel.ts'
import { openBridgeClient } from '../../src/transports/zeromq/client/index.ts'
import { chunkBytes, toBridge } from '../../src/transports/zeromq/messages.ts'
import { type Line, openLine } from './channel.ts'

export interface FakeBridge extends Reception {
  /** Every request that was executed, in order, by its job. */
  readonly executed: { readonly id: string; readonly request: TaskRequest }[]
  /** A port that leads here over a line of its own. */
  connect(store: SpillStore, clock?: Clock): BridgePort & { readonly line: Line }
}

export interface FakeBridgeParts {
  /** What answers tasks here, with everything but how operations are found. */
  readonly desk: Omit<Desk, 'find'>
  /** Operations besides our own, by their names. */
  readonly operations?: ReadonlyMap<string, Definition>
}

/** Between signs of life of a job, in milliseconds. */
const beatMs = 5_000

/**
 * The least that a bridge is: it executes each job once, by the code that answers tasks everywhere, and tells whoever
 * submitted it. It keeps nothing on a disk, and has neither queues nor bounds.
 */
export function fakeBridge({ desk, operations = new Map() }: FakeBridgeParts): FakeBridge {
  const known = new Map([...onpremOperations(), ...operations])
  const executed: FakeBridge['executed'] = []
  const jobs = new Map<string, { readonly stop: AbortController; readonly end: Promise<object> }>()
  const peers = new Map<string, Set<Peer>>()
  const partial = new Map<string, Buffer[]>()
  const tell = (id: string, body: object) => {
    for (const peer of peers.get(id) ?? []) peer.send({ body: { id, ...body } })
  }
  const execute = (id: string, request: TaskRequest) => {
    const stop = new AbortController()
    executed.push({ id, request })
    const find: Desk['find'] = ({ operation }) => ({ definition: known.get(operation)! })
    const own: Desk = { ...desk, find, progress: event => tell(id, { kind: 'progress', events: [event] }) }
    const end = answerTask(request, own, stop.signal).then(
      output => ({ kind: 'answer', output }),
      error => ({ kind: 'failed', state: 'failed', ...describeError(error) }),
    )
    const job = { stop, end }
    jobs.set(id, job)
    void beat(id, end)
    return job
  }
  const beat = async (id: string, end: Promise<unknown>) => {
    const over = new AbortController()
    void end.then(() => over.abort())
    try {
      for (;;) {
        await desk.clock.sleep(beatMs, over.signal)
        tell(id, { kind: 'heartbeat', ids: [id], id: undefined })
      }
    } catch (error) {
      if (!over.signal.aborted) throw error
    }
  }
  const onPacket: Reception['onPacket'] = (peer, { body, bytes = new Uint8Array() }) => {
    const message = toBridge.parse(body)
    if (message.kind === 'submit') {
      const { id, request } = message
      peers.set(id, (peers.get(id) ?? new Set()).add(peer))
      if (!known.has(request.operation)) {
        peer.send({ body: { kind: 'refused', id, error: 'UnknownTask', cause: 'no such operation' } })
        return
      }
      peer.send({ body: { kind: 'accepted', id, state: 'running' } })
      const { end } = jobs.get(id) ?? execute(id, request)
      void end.then(ending => peer.send({ body: { ...ending, id } }))
    } else if (message.kind === 'cancel')
      jobs.get(message.id)?.stop.abort(new Error(message.reason ?? 'cancelled'))
    else void serve(peer, message, bytes)
  }
  const serve = async (peer: Peer, message: ReturnType<typeof toBridge.parse>, bytes: Uint8Array) => {
    const kept = (key: string) => desk.store.get(key).catch(() => undefined)
    if (message.kind === 'have') {
      const found = await Promise.all(message.keys.map(kept))
      const keys = message.keys.filter((_key, index) => found[index] === undefined)
      peer.send({ body: { kind: 'missing', nonce: message.nonce, keys } })
    } else if (message.kind === 'put') {
      const chunks = [...(partial.get(message.key) ?? []), Buffer.from(bytes)]
      partial.set(message.key, chunks)
      const whole = Buffer.concat(chunks)
      const right = createHash('sha256').update(whole).digest('hex') === message.key
      if (right) await desk.store.put(whole.toString())
      peer.send({ body: { kind: 'put-ok', nonce: message.nonce, have: whole.length } })
    } else if (message.kind === 'get') {
      const whole = Buffer.from((await kept(message.key)) ?? '')
      const chunk = whole.subarray(message.offset, message.offset + chunkBytes)
      peer.send({ body: { kind: 'chunk', nonce: message.nonce, total: whole.length }, bytes: chunk })
    } else if (message.kind === 'status')
      peer.send({ body: { kind: 'status', nonce: message.nonce, status: { jobs: jobs.size } } })
  }
  return {
    executed,
    onPacket,
    connect: (store, clock = systemClock) => {
      let line: Line | undefined
      const client = openBridgeClient({
        url: 'tcp://closet:5760',
        dial: listener => {
          line = openLine({ onPacket }, listener, { name: 'laptop', role: 'submit' })
          return line.channel
        },
        store,
        clock,
      })
      return { ...client, line: line! }
    },
  }
}
