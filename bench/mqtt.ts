import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { brokerSchema } from '../src/core/broker.ts'
import { flow } from '../src/core/flow.ts'
import { transform } from '../src/core/operation/map.ts'
import { sensor } from '../src/core/sensor.ts'
import { watch } from '../src/core/watch.ts'
import { systemClock } from '../src/executor/index.ts'
import { openDatabase, openReadingStore, openWatchStore } from '../src/state/sqlite/index.ts'
import { createMqttSensors } from '../src/triggers/mqtt/index.ts'
import { createBoard } from '../src/triggers/watch/board.ts'
import { createKeeper } from '../src/triggers/watch/keeper.ts'
import { createRecorder } from '../src/triggers/watch/recorder.ts'
import { startMosquitto } from '../test/lab/mosquitto.ts'
import { publishFlood } from './support/flood.ts'

// A thousand watches on a real broker: from a message to what it starts, then a flood of 10,000 messages a second on a
// topic that all of them watch, with what it takes of memory and processor.
// With --expose-gc the heap is what is in use. Publishers are other processes or clients.
const watchCount = 1_000
const samples = 300
const floodSeconds = Number(process.env.FLOOD_SECONDS ?? 20)
const rate = 10_000

const nothing = flow({ input: z.strictObject({}), steps: transform((data: unknown) => data) })
const flooded = sensor('flood', { maxAge: '5m' })
const own = Array.from({ length: samples }, (_, index) => sensor(`bench/${index}`, { maxAge: '5m' }))
const guard = { when: (value: number) => value > 70, on: 'edge', flow: nothing } as const
const watches = Array.from({ length: watchCount }, (_, index) =>
  watch(`w${index}`, {
    ...guard,
    sensors: { one: own[index] ?? flooded, flooded },
    when: ({ one }) => one > 70,
  }),
)

const folder = await mkdtemp(path.join(tmpdir(), 'reops-bench-'))
const database = openDatabase(path.join(folder, 'state.db'))
const mosquitto = await startMosquitto({ lines: ['max_queued_messages 0'] })
const started = new Map<string, (at: number) => void>()
const board = createBoard()
const recorder = createRecorder(openReadingStore(database), say)
const keeper = createKeeper(watches, {
  clock: systemClock,
  store: openWatchStore(database),
  board,
  recorder,
  askFlow: async () => null,
  startFlow: async (_flow, _input, { name }) => started.get(name.split('-')[0]!)?.(performance.now()),
  nameOf: () => 'nothing',
  notice: say,
})
const mqtt = createMqttSensors({
  settings: brokerSchema.parse({ url: mosquitto.url }),
  secrets: {},
  sensors: [flooded, ...own],
  board,
  recorder,
  steady: keeper.steady,
  clock: systemClock,
  notice: say,
})
try {
  await keeper.start()
  await mqtt.start()
  while (!mqtt.status().connected) await sleep(10)
  await sleep(500)
  const client = await mosquitto.client()
  await client.publishAsync('flood', '1', { qos: 1 })
  await sleep(500)
  await latencies('message to action, quiet', client, 0, samples / 2)
  await flood(client)
} finally {
  await mqtt.close()
  await keeper.close()
  await recorder.close()
  await mosquitto.close()
  database.close()
  await rm(folder, { recursive: true, force: true })
}

async function latencies(what: string, client: Client, first: number, last: number): Promise<void> {
  const took: number[] = []
  for (let index = first; index < last; index++) {
    const { promise, resolve } = Promise.withResolvers<number>()
    started.set(`w${index}`, resolve)
    const began = performance.now()
    client.publish(`bench/${index}`, '80', { qos: 1 })
    took.push((await promise) - began)
    await sleep(25)
  }
  took.sort((a, b) => a - b)
  const at = (part: number) => took[Math.floor(part * (took.length - 1))]!.toFixed(1)
  say(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${took.length} messages, ${watchCount} watches)`)
}

type Client = Awaited<ReturnType<typeof mosquitto.client>>

async function flood(client: Client): Promise<void> {
  const ended = publishFlood({ url: mosquitto.url, topic: 'flood', seconds: floodSeconds, rate })
  const before = mqtt.status().messages
  const cpu = process.cpuUsage()
  await sleep(3_000)
  const memoryEarly = memory()
  await latencies('message to action, in the flood', client, samples / 2, samples)
  const sent = await ended
  await sleep(500)
  const { received, overtaken, dropped } = mqtt.status().messages
  const memoryLate = memory()
  const used = process.cpuUsage(cpu)
  const mb = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(0)} MB`
  say(
    `flood: ${sent} sent in ${floodSeconds} s, ${received - before.received} received, ${overtaken - before.overtaken} overtaken, ${dropped - before.dropped} dropped`,
  )
  say(
    `memory: ${mb(memoryEarly.rss)} after 3 s, ${mb(memoryLate.rss)} at the end (heap ${mb(memoryEarly.heapUsed)}, ${mb(memoryLate.heapUsed)}); processor ${((used.user + used.system) / 1e4 / (floodSeconds + 0.5)).toFixed(0)} %`,
  )
}

/** What is in use, without what is only not yet collected, where Node was started with `--expose-gc`. */
function memory(): NodeJS.MemoryUsage {
  globalThis.gc?.()
  return process.memoryUsage()
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
