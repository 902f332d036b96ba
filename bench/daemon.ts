import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startMosquitto } from '../test/lab/mosquitto.ts'
import { publishFlood } from './support/flood.ts'

// The whole daemon, `reops up`, as a process of its own with 1,000 watches: from a message that is published at mosquitto to
// the moment at which the first state of what it starts begins, decision and execution on the disk before; then 10,000 messages
// a second on a topic that all of its watches look at, with what that takes of memory and processor.
const watches = 1_000
const samples = 200
const rate = 10_000
const floodSeconds = Number(process.env.FLOOD_SECONDS ?? 60)

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = await mkdtemp(path.join(tmpdir(), 'reops-bench-'))
const broker = await startMosquitto({ lines: ['max_queued_messages 0'] })

// The first state of the flow says when it began, by the clock that this process has as well.
const flows = `
import { request } from 'node:http'
import { flow, operation, sensor, watch } from 're-ops'
import * as z from 'zod'
const begin = operation({
  name: 'begin',
  site: 'onprem',
  effect: 'read',
  schema: z.strictObject({}),
  handle: ({ sent }) => process.stdout.write('begun ' + sent + ' ' + (performance.timeOrigin + performance.now()) + '\\n') && null,
})
export const act = flow({ input: z.looseObject({}), steps: begin({}) })
export const flood = sensor('flood', { maxAge: '5m' })
const own = Array.from({ length: ${watches} }, (_, n) => sensor('bench/' + n, { maxAge: '1h' }))
const when = ({ one }) => one > 70
export const sensors = own
const made = own.map((one, n) => watch('w' + n, {
  sensors: { one, flood }, when, on: 'edge', flow: act, input: ({ one }) => ({ sent: one }),
}))
${Array.from({ length: watches }, (_, n) => `export const w${n} = made[${n}]`).join('\n')}
// What is in use, when somebody asks; a benchmark may.
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  const { user, system } = process.cpuUsage()
  process.stdout.write('usage ' + rss + ' ' + heapUsed + ' ' + (user + system) + '\\n')
})
`
await mkdir(path.join(folder, 'node_modules'))
await mkdir(path.join(folder, 'flows'))
await symlink(root, path.join(folder, 'node_modules/re-ops'))
await symlink(path.join(root, 'node_modules/zod'), path.join(folder, 'node_modules/zod'))
await writeFile(path.join(folder, 'flows/index.ts'), flows)
await writeFile(
  path.join(folder, 'reops.config.ts'),
  `export default ${JSON.stringify({ broker: { url: broker.url }, daemon: { metrics: false, drain: 0 } })}\n`,
)

const began = performance.now()
const daemon = spawn(process.execPath, ['--expose-gc', path.join(root, 'bin/reops.js'), 'up'], {
  cwd: folder,
  stdio: ['ignore', 'pipe', 'pipe'],
})
const waiting = new Map<string, (words: string[]) => void>()
let said = ''
let rest = ''
daemon.stderr.on('data', data => {
  said += String(data)
})
daemon.stdout.on('data', data => {
  rest += String(data)
  const lines = rest.split('\n')
  rest = lines.pop()!
  for (const line of lines) {
    const [what, ...words] = line.split(' ')
    waiting.get(what === 'begun' ? words[0]! : what!)?.(words)
  }
})
const ended = new Promise(resolve => daemon.on('close', resolve))
try {
  await until(() => said.includes('is up, as process'))
  say(`up with ${watches} watches after ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  await until(async () => (await status()).sensors?.connected === true)
  const client = await broker.client()
  await sleep(500)
  await client.publishAsync('flood', '1', { qos: 1 })
  await sleep(2_000)
  await latencies('message to the first state, quiet', client, 0)
  await flood(client)
} finally {
  daemon.kill('SIGTERM')
  await ended
  await broker.close()
  await rm(folder, { recursive: true, force: true })
}

type Client = Awaited<ReturnType<typeof broker.client>>

/** Each sample is a watch of its own, that acts once; its value is told apart by its fraction. */
async function latencies(what: string, client: Client, first: number): Promise<void> {
  const took: number[] = []
  for (let index = first; index < first + samples; index++) {
    const value = String(80 + index / 10_000)
    const answer = heard(value)
    const sent = performance.timeOrigin + performance.now()
    client.publish(`bench/${index}`, value, { qos: 1 })
    took.push(Number((await answer)[1]) - sent)
    await sleep(20)
  }
  took.sort((a, b) => a - b)
  const at = (part: number) => took[Math.floor(part * (took.length - 1))]!.toFixed(1)
  say(`${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms (${took.length} messages)`)
}

async function flood(client: Client): Promise<void> {
  const counted = async () => (await status()).sensors!.messages!
  const before = { ...(await counted()), ...(await usage()) }
  const over = publishFlood({ url: broker.url, topic: 'flood', seconds: floodSeconds, rate })
  await sleep(5_000)
  const early = await usage()
  const series: number[] = []
  const look = setInterval(() => series.push(residentMemory()), 10_000)
  await latencies('message to the first state, in the flood', client, samples)
  const sent = await over
  clearInterval(look)
  await sleep(1_000)
  const after = { ...(await counted()), ...(await usage()) }
  const mb = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(0)} MB`
  say(`resident memory every 10 s of the flood: ${series.map(mb).join(', ')}`)
  const percent = (after.cpu - before.cpu) / 1e4 / (floodSeconds + 1)
  say(
    `flood: ${sent} sent in ${floodSeconds} s, ${after.received - before.received} received, ${after.overtaken - before.overtaken} overtaken, ${after.dropped - before.dropped} dropped`,
  )
  say(
    `memory before, after 5 s and at the end: ${[before, early, after].map(({ rss, heap }) => `${mb(rss)} (heap ${mb(heap)})`).join(', ')}; processor ${percent.toFixed(0)} %`,
  )
}

function residentMemory(): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8'))![1]) * 1024
}

async function usage() {
  const answer = heard('usage')
  daemon.kill('SIGUSR2')
  const [rss, heap, cpu] = (await answer).map(Number) as [number, number, number]
  return { rss, heap, cpu }
}

function heard(what: string): Promise<string[]> {
  return new Promise(resolve => waiting.set(what, resolve))
}

interface Status {
  readonly sensors?: {
    readonly connected?: boolean
    readonly messages?: Record<'received' | 'overtaken' | 'dropped', number>
  }
}

function status(): Promise<Status> {
  return new Promise((resolve, reject) => {
    request({ socketPath: path.join(folder, '.reops/daemon/daemon.sock'), path: '/status' }, response => {
      let text = ''
      response.on('data', data => {
        text += String(data)
      })
      response.on('end', () => resolve(JSON.parse(text) as Status))
    })
      .on('error', reject)
      .end()
  })
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 120_000; !(await met()); await sleep(20))
    if (performance.now() > end || daemon.exitCode !== null)
      throw new Error(`the daemon is not as it should be: ${said}`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
