// The heap that a Map of many items takes: before, after, and the most in between. A DISTRIBUTED Map is measured at
// ten times the items too, since what it holds must not grow with them. `node bench/map-memory.ts [items]`
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { StateMachine } from '../src/core/asl.ts'
import { execute } from '../src/executor/index.ts'
import { openObjectFolder } from '../src/state/objects/folder.ts'

/** Megabytes of heap that a Map may take: little enough that garbage is collected, and what is kept shows. */
const heap = 64

interface Measured {
  readonly before: number
  readonly after: number
  readonly peak: number
  readonly rss: number
  readonly seconds: number
}

const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true } as const
const processor = { StartAt: 'T', States: { T: task } } as const

function machine(map: object): StateMachine {
  const M = { Type: 'Map', End: true, MaxConcurrency: 40, ...map }
  return { QueryLanguage: 'JSONata', StartAt: 'M', States: { M } } as StateMachine
}

/** Its items, its iterations and their results are all in the state, and so are small. */
function inline(items: number): StateMachine {
  return machine({
    Items: `{% [1..${items}] %}`,
    ItemProcessor: processor,
    Output: '{% $count($states.result) %}',
  })
}

/** Its items are lines of a file, and its results go to files. */
const distributed = machine({
  ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...processor },
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSONL' },
    Arguments: { Bucket: 'bench', Key: 'items.jsonl' },
  },
  ResultWriter: {
    Resource: 'arn:aws:states:::s3:putObject',
    Arguments: { Bucket: 'bench', Prefix: 'results' },
  },
})

/** Runs one Map in a process of its own, collecting the heap before and after and looking at it in between. */
async function measure(kind: string, items: number, folder: string): Promise<Measured> {
  const collect = globalThis.gc ?? (() => {})
  const objects = openObjectFolder(folder)
  collect()
  const before = process.memoryUsage().heapUsed
  let peak = before
  let rss = 0
  const started = performance.now()
  const watch = setInterval(() => {
    const now = process.memoryUsage()
    peak = Math.max(peak, now.heapUsed)
    rss = Math.max(rss, now.rss)
  }, 5)
  const execution = execute({
    ...objects,
    machine: kind === 'inline' ? inline(items) : distributed,
    input: {},
    // An inline Map of so many items is beyond what AWS's history holds.
    limits: { historyEvents: Number.POSITIVE_INFINITY },
    invoke: async call => {
      await new Promise(resolve => setImmediate(resolve))
      return { item: call.arguments, answer: 'x'.repeat(200) }
    },
  })
  const result = await execution.result()
  clearInterval(watch)
  if (result.status !== 'SUCCEEDED') throw new Error(`${kind}: ${result.error}: ${result.cause}`)
  const seconds = (performance.now() - started) / 1000
  collect()
  return { before, after: process.memoryUsage().heapUsed, peak, rss, seconds }
}

async function writeItems(folder: string, items: number): Promise<void> {
  await mkdir(path.join(folder, 'bench'), { recursive: true })
  const file = await open(path.join(folder, 'bench', 'items.jsonl'), 'w')
  for (let index = 0; index < items; index++)
    await file.appendFile(`${JSON.stringify({ index, name: `host-${index}`, note: 'y'.repeat(100) })}\n`)
  await file.close()
}

async function measureApart(kind: string, items: number): Promise<Measured> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'map-memory-'))
  try {
    if (kind === 'distributed') await writeItems(folder, items)
    const child = fork(fileURLToPath(import.meta.url), [kind, String(items), folder], {
      execArgv: ['--expose-gc', `--max-old-space-size=${heap}`],
    })
    const answered = once(child, 'message')
    const [code] = (await once(child, 'exit')) as [number | null]
    if (code !== 0) throw new Error(`The process that ran ${kind} ended with ${code}`)
    return ((await answered) as [Measured])[0]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1).padStart(8)} MB`
}

if (process.send !== undefined) {
  const [kind = 'inline', items = '10000', folder = ''] = process.argv.slice(2)
  process.send(await measure(kind, Number(items), folder))
  process.disconnect()
} else {
  const items = Number(process.argv[2] ?? 10_000)
  console.log('map              items   heap before    heap after     heap peak      rss peak    seconds')
  for (const [kind, count] of [
    ['inline', items],
    ['distributed', items],
    ['distributed', items * 10],
  ] as const) {
    const { before, after, peak, rss, seconds } = await measureApart(kind, count)
    const figures = [before, after, peak, rss].map(megabytes).join('   ')
    console.log(
      `${kind.padEnd(12)} ${String(count).padStart(9)} ${figures}   ${seconds.toFixed(1).padStart(8)}`,
    )
  }
}
