/**
 * Somebody who submits jobs, as a process of its own, to be killed: `submitter.ts <options.json>`. It keeps so many under
 * way until a file is there that says enough. Whatever it does and hears stands in a log before it goes on; when it is
 * started again it submits again what had no answer, and now and then what had one.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import process from 'node:process'
import type { Json } from '../../../../src/core/json.ts'
import type { TaskRequest } from '../../../../src/core/task.ts'
import { systemClock } from '../../../../src/executor/index.ts'
import type { ChannelListener } from '../../../../src/transports/zeromq/channel.ts'
import { openBridgeClient } from '../../../../src/transports/zeromq/client/index.ts'
import { dial } from '../../../../src/transports/zeromq/dial.ts'
import type { KeyPair } from '../../../../src/transports/zeromq/keys.ts'
import { memoryStore } from '../../../fakes/memory-store.ts'
import { readLog, type Said } from '../submitted.ts'

export interface SubmitterVictim {
  readonly name: string
  readonly url: string
  readonly bridgeKey: string
  readonly keys: KeyPair
  /** Requests that are alike but for their job's id, which is put in where they say `ID`. */
  readonly requests: readonly TaskRequest[]
  readonly atOnce: number
  readonly log: string
  readonly enough: string
}

const options = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as SubmitterVictim
const { name, url, bridgeKey, keys, requests, atOnce, log, enough } = options
const before = existsSync(log) ? readLog(log) : []
const write = (said: Said) => appendFileSync(log, `${JSON.stringify(said)}\n`)

const bridge = openBridgeClient({
  url,
  clock: systemClock,
  store: memoryStore(),
  dial: listener =>
    dial({ url, serverKey: bridgeKey, farKey: bridgeKey, keys, purpose: 'jobs' }, overheard(listener)),
})

/** Writes down what the bridge says before anybody hears it. */
function overheard(listener: ChannelListener): ChannelListener {
  return {
    ...listener,
    onPacket(packet) {
      const body = packet.body as { kind: string; id: string; output: Json; error: string; cause: string }
      const { kind, id, output, error, cause } = body
      if (kind === 'accepted') write({ what: 'accepted', id })
      if (kind === 'answer') write({ what: 'answer', id, output })
      if (kind === 'failed') write({ what: 'failed', id, error, cause })
      listener.onPacket(packet)
    },
  }
}

const submit = async (id: string): Promise<void> => {
  const template = requests[Number(id.split('-')[1]) % requests.length]
  const request = JSON.parse(JSON.stringify(template).replaceAll('"ID"', JSON.stringify(id)))
  const call = { id, signal: new AbortController().signal, progress() {}, heartbeat() {} }
  try {
    await bridge.answer(request, call)
  } catch (error) {
    // What failed there has an end as well; anything else is nothing that may happen here.
    if (!(error instanceof Error) || error.name !== 'TaskFailed') throw error
  }
  write({ what: 'end', id })
}

const known = before.filter(({ what }) => what === 'submit').map(({ id }) => id)
const ended = new Set(before.filter(({ what }) => what === 'end').map(({ id }) => id))
const again = known.filter(id => !ended.has(id) || Math.random() < 0.05)
let next = known.length

const lane = async () => {
  for (;;) {
    const id = again.shift() ?? (existsSync(enough) ? undefined : `${name}-${next++}`)
    if (id === undefined) return
    if (!known.includes(id)) write({ what: 'submit', id })
    await submit(id)
  }
}
process.on('disconnect', () => process.exit())
process.send!('ready')
await Promise.all(Array.from({ length: atOnce }, lane))
await bridge.close()
process.exit()
