// What a durable step costs: a flow of ours in SQLite beside a workflow of DBOS in PostgreSQL, one after another and
// 1,000 at once, and what a restart takes. `node bench/durable.ts [--install]`: without it, who isn't there is left out.
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LocalRuntime } from '../src/run/local-runtime.ts'
import { type Contestant, contest, type Result } from './support/contest.ts'
import { countingFlow, durableRuntime, openStore } from './support/counting-flow.ts'
import { type Dbos, loadDbos } from './support/dbos.ts'
import { type Postgres, postgresService, startPostgres } from './support/postgres.ts'
import { findPrograms } from './support/programs.ts'
import { medianOf, printGoal } from './support/table.ts'

const steps = 10
const inARow = 10
const atOnce = 1000
const finished = 10_000
const running = 1000

const us = 'reops'
const them = 'DBOS'

/** While it is shut, executions stand still in the middle. */
let gate: { readonly shut: boolean; waiting: number } = { shut: false, waiting: 0 }
const flow = countingFlow(steps, async (step, signal) => {
  if (!gate.shut || step !== steps / 2) return
  gate.waiting++
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
})
const flows = new Map([['count', flow]])

/** Runs one from start to end; a wrong answer is not worth timing. */
type RunOne = () => Promise<unknown>

const checked = (run: RunOne) => async () => {
  const counted = await run()
  if (counted !== steps) throw new Error(`a wrong answer: ${JSON.stringify(counted)}`)
}

const runOurs = (runtime: LocalRuntime) => checked(async () => (await runtime.submit(flow, {}, {})).result())

function oneByOne(name: string, runOne: RunOne): Contestant {
  const run = async () => {
    for (let count = 0; count < inARow; count++) await runOne()
  }
  return { name, run }
}

function allAtOnce(name: string, runOne: RunOne): Contestant {
  return { name, run: async () => void (await Promise.all(Array.from({ length: atOnce }, runOne))) }
}

/** Both in turns, each waiting for the disk at every commit, or neither. */
async function measureSteps(folder: string, durable: boolean, peer: Peer | undefined): Promise<void> {
  const runtime = durableRuntime(folder, flows, durable)
  await peer?.dbos.launch(peer.postgres.database(durable ? 'waiting' : 'lazy', { durable }))
  try {
    const all: [string, RunOne][] = [[us, runOurs(runtime)]]
    if (peer) all.push([them, checked(() => peer.dbos.run())])
    const how = durable ? 'each commit waits for the disk' : 'no commit waits for the disk'
    const row = await contest(
      all.map(([name, run]) => oneByOne(name, run)),
      { rounds: 7, warmUp: 2 },
    )
    printSteps(`A step of ${steps}, one execution after another; ${how}`, row, inARow * steps)
    const many = await contest(
      all.map(([name, run]) => allAtOnce(name, run)),
      { rounds: 3, warmUp: 0 },
    )
    printSteps(`A step of ${steps}, ${atOnce} executions at once; ${how}`, many, atOnce * steps)
    if (!peer || !durable) return
    for (const [what, results] of [['in a row', row] as const, ['at once', many] as const])
      printGoal(`a durable step, ${what}`, medianOf(results, us) / medianOf(results, them), 1)
  } finally {
    await runtime.close()
    await peer?.dbos.shutdown()
  }
}

/** How long opening, looking and going on take with what an earlier process left. */
async function measureRestart(folder: string): Promise<void> {
  await leaveBehind(folder)
  const rows: string[][] = [['', 'takes']]
  const measure = async <T>(what: string, work: () => T | Promise<T>): Promise<T> => {
    const began = performance.now()
    const made = await work()
    rows.push([what, `${(performance.now() - began).toFixed(0)} ms`])
    return made
  }
  const megabytes = (await stat(path.join(folder, 'reops.db'))).size / 1024 ** 2
  const store = await measure('open, which reads and checks all of it', () => openStore(folder, true))
  const left = await measure('list the running', () => store.list({ status: 'RUNNING' }))
  if (left.length !== running) throw new Error(`${left.length} were left running, and not ${running}`)
  await measure('read their journals', () => {
    for (const { id } of left) Array.from(store.journal(id))
  })
  await measure('list the last 20', () => store.list({ limit: 20 }))
  await store.close()
  const runtime = durableRuntime(folder, flows, true)
  try {
    const resumed = await measure('open again and go on with the running', () => runtime.resumeAbandoned())
    if (resumed.length !== running) throw new Error(`${resumed.length} went on, and not ${running}`)
    await measure('until the last of them has ended', () => Promise.all(resumed.map(one => one.result())))
  } finally {
    await runtime.close()
  }
  print(
    `A restart with ${finished} finished and ${running} running executions of ${steps} steps, in ${megabytes.toFixed(0)} MB`,
    rows,
  )
}

async function leaveBehind(folder: string): Promise<void> {
  const runtime = durableRuntime(folder, flows, false)
  const run = runOurs(runtime)
  for (let count = 0; count < finished; count += atOnce)
    await Promise.all(Array.from({ length: atOnce }, run))
  gate = { shut: true, waiting: 0 }
  const suspended = Array.from({ length: running }, run)
  const deadline = Date.now() + 60_000
  while (gate.waiting < running) {
    if (Date.now() > deadline)
      throw new Error(`only ${gate.waiting} of ${running} came as far as they should`)
    await sleep(10)
  }
  const [ended] = await Promise.all([Promise.allSettled(suspended), runtime.close()])
  const wrong = ended.find(one => one.status === 'fulfilled' || one.reason?.name !== 'ExecutionSuspended')
  if (wrong) throw new Error('an execution ended that should have been suspended', { cause: wrong })
  gate = { shut: false, waiting: 0 }
}

function printSteps(title: string, results: readonly Result[], count: number): void {
  const ours = medianOf(results, us)
  const micro = (ms: number) => `${((1000 * ms) / count).toFixed(0)} µs`
  print(title, [
    ['', 'median', 'fastest', 'slowest', 'steps a second', `× ${us}`],
    ...results.map(({ name, median, fastest, slowest }) => [
      name,
      micro(median),
      micro(fastest),
      micro(slowest),
      ((1000 * count) / median).toFixed(0),
      (median / ours).toFixed(2),
    ]),
  ])
}

function print(title: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))),
  )
  process.stdout.write(`\n${title}\n${lines.map(line => line.join('  ').trimEnd()).join('\n')}\n`)
}

interface Peer {
  readonly dbos: Dbos
  readonly postgres: Postgres
}

async function findPeer(folder: string): Promise<Peer | undefined> {
  const programs = await findPrograms([postgresService])
  const dbos = await loadDbos(steps)
  if (dbos === undefined || !programs.has(postgresService.binary)) return undefined
  const postgres = await startPostgres(folder)
  process.stdout.write(`PostgreSQL ${postgres.version}\n`)
  return { dbos, postgres }
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-bench-'))
let peer: Peer | undefined
try {
  peer = await findPeer(os.tmpdir())
  for (const durable of [true, false]) {
    const own = path.join(folder, durable ? 'waiting' : 'lazy')
    await mkdir(own)
    await measureSteps(own, durable, peer)
  }
  const restart = path.join(folder, 'restart')
  await mkdir(restart)
  await measureRestart(restart)
} finally {
  await peer?.postgres.stop()
  await rm(folder, { recursive: true, force: true })
}
