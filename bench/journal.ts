// What the journal costs: durable appends with fsync and without, many executions at once, and what a restart asks.
// `node bench/journal.ts [folder]`: the folder's disk is measured, the temporary folder's otherwise.
import { statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { StateMachine } from '../src/core/asl.ts'
import type { ExecutionStart, ExecutionStore, JournalEntry } from '../src/core/executions.ts'
import { openMemoryExecutionStore } from '../src/state/memory/executions.ts'
import { openDatabase, openExecutionStore } from '../src/state/sqlite/index.ts'

const steps = 10
const state = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Next: 'S',
  Comment: 'y'.repeat(200),
}
const machine = {
  QueryLanguage: 'JSONata',
  StartAt: 'S0',
  States: Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`S${index}`, state])),
} as unknown as StateMachine

function startOf(name: string, startedAt = Date.now()): ExecutionStart {
  const id = `arn:aws:states:local:0:execution:bench:${name}`
  const input = { hosts: ['foo', 'bar'], note: 'x'.repeat(300) }
  const deadline = startedAt + 3_600_000
  return { id, name, flow: `flow-${name.length}`, version: 'v', machine, input, startedAt, deadline }
}

/** What one Task of a flow leaves: it was entered, scheduled, started, answered and left. */
function entriesOf(step: number): JournalEntry[] {
  const types = ['TaskStateEntered', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded', 'TaskStateExited']
  return types.map((type, index) => {
    const id = 5 * step + index + 1
    const output = 'x'.repeat(200)
    const event = {
      id,
      previousEventId: id - 1,
      timestamp: '2026-01-01T00:00:00.000Z',
      type,
      details: { output },
    }
    return { event, execution: 'bench', scope: '' }
  })
}

interface Held {
  readonly id: string
  readonly fence: number
}

async function startMany(store: ExecutionStore, prefix: string, count: number, at?: number): Promise<Held[]> {
  const starts = Array.from({ length: count }, (_, index) => startOf(`${prefix}-${index}`, at))
  const all = await Promise.all(starts.map(start => store.start(start, 'bench', 60_000)))
  return all.map(({ record }) => ({ id: record.id, fence: record.lease!.fence }))
}

async function runSteps(store: ExecutionStore, { id, fence }: Held, count: number): Promise<void> {
  for (let step = 0; step < count; step++) {
    store.append(id, fence, entriesOf(step))
    await store.flush(id, fence)
  }
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function print(title: string, rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))),
  )
  process.stdout.write(`\n${title}\n${lines.map(line => line.join('  ').trimEnd()).join('\n')}\n`)
}

const micro = (ms: number) => `${(1000 * ms).toFixed(0)} µs`
const milli = (ms: number) => `${ms.toFixed(1)} ms`

const folder = await mkdtemp(path.join(process.argv[2] ?? os.tmpdir(), 'reops-bench-'))
try {
  const kinds = ['fsync', 'no fsync', 'memory'] as const
  const open = (kind: (typeof kinds)[number]) => {
    if (kind === 'memory') return { store: openMemoryExecutionStore(), close: () => {} }
    const database = openDatabase(path.join(folder, `${kind}.db`), { fsync: kind === 'fsync' })
    return { store: openExecutionStore(database), close: () => database.close() }
  }

  const perStep: string[][] = [['executions at once', ...kinds]]
  for (const [atOnce, count] of [
    [1, 300],
    [10, 100],
    [100, 20],
    [1000, 5],
  ] as const) {
    const row: string[] = []
    for (const kind of kinds) {
      const { store, close } = open(kind)
      const held = await startMany(store, `at-once-${atOnce}`, atOnce)
      const ms = await timed(() => Promise.all(held.map(one => runSteps(store, one, count))))
      row.push(micro(ms / (atOnce * count)))
      close()
    }
    perStep.push([String(atOnce), ...row])
  }
  print('A step: five entries appended and flushed', perStep)

  const whole: string[][] = [['', ...kinds]]
  const totals: number[] = []
  for (const kind of kinds) {
    const { store, close } = open(kind)
    const run = async (held: Held) => {
      await runSteps(store, held, steps)
      await store.finish(held.id, held.fence, { status: 'SUCCEEDED', stoppedAt: Date.now(), output: 1 })
    }
    totals.push(await timed(async () => Promise.all((await startMany(store, 'many', 1000)).map(run))))
    close()
  }
  whole.push(['all of them', ...totals.map(milli)])
  whole.push(['a step of one', ...totals.map(ms => micro(ms / (1000 * steps)))])
  print(`1,000 executions of ${steps} steps at once, started and finished`, whole)

  const file = path.join(folder, 'restart.db')
  const database = openDatabase(file, { fsync: false })
  const store = openExecutionStore(database)
  for (let block = 0; block < 11; block++) {
    const held = await startMany(store, `restart-${block}`, 1000, block * 1000)
    await Promise.all(held.map(one => runSteps(store, one, 3)))
    if (block === 10) continue
    const end = { status: 'SUCCEEDED', stoppedAt: block, output: 'x'.repeat(500) } as const
    await Promise.all(held.map(({ id, fence }) => store.finish(id, fence, end)))
  }
  await store.close()
  database.close()

  const rows: string[][] = [['', 'takes']]
  const measure = async (what: string, work: () => unknown) => rows.push([what, milli(await timed(work))])
  let again = openDatabase(file)
  again.close()
  await measure('openDatabase, which reads and checks all of it', () => {
    again = openDatabase(file)
  })
  let opened = store
  await measure('openExecutionStore', () => {
    opened = openExecutionStore(again)
  })
  const now = Date.now()
  const left = opened.abandoned(now)
  await measure(`abandoned(): ${left.length}`, () => opened.abandoned(now))
  await measure('acquire all of them', () =>
    Promise.all(left.map(({ id }) => opened.acquire(id, 'b', 60_000, now))),
  )
  await measure('get all of them', () => left.map(({ id }) => opened.get(id)))
  await measure('read the journals of all of them', () => left.map(({ id }) => [...opened.journal(id)]))
  await measure('list({ limit: 20 })', () => opened.list({ limit: 20 }))
  await measure("list({ status: 'FAILED' }): none", () => opened.list({ status: 'FAILED' }))
  await measure('list({}): 11,000', () => opened.list({}))
  await measure('prune 10,000', () => opened.prune(now))
  again.close()
  const size = (statSync(file).size / 1024 / 1024).toFixed(0)
  print(`After a restart, with 10,000 finished and 1,000 running executions in ${size} MB`, rows)
} finally {
  await rm(folder, { recursive: true, force: true })
}
