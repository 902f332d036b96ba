import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ExecutionRecord, JournalEntry } from '../../../src/core/executions.ts'
import { openExecutions } from '../../../src/run/open-executions.ts'
import { stateIn } from './state.ts'
import type { Deed } from './victim-flows.ts'

/** Kills, unless the machine is so busy that its patience ends before. */
const rounds = 300
const patience = 60_000
const fewest = 30
const eachFlow = 3
let folder: string
let program: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reops-killed-'))
  program = path.join(folder, 'victim.mjs')
  await build({
    entryPoints: [path.join(import.meta.dirname, 'victim.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    minify: true,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the victim until it is done by itself, or kills it that long after it is ready. */
async function round(state: string, killAfter: number | undefined): Promise<'done' | 'killed'> {
  const child = spawn(process.execPath, [program, state, String(eachFlow)], {
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: path.join(folder, 'compiled'),
      DEEDS: path.join(state, 'deeds'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stderr.on('data', chunk => {
    said.err += chunk
  })
  child.stdout.on('data', chunk => {
    said.out += chunk
    if (said.out === 'ready\n' && killAfter !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfter)
  })
  const [code, signal] = await ended(child)
  if (signal === 'SIGKILL') return 'killed'
  if (code !== 0 || !said.out.endsWith('done\n'))
    throw new Error(`the victim failed: ${said.err || said.out}`)
  return 'done'
}

function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise(resolve => child.once('close', (code, signal) => resolve([code, signal])))
}

interface Case {
  readonly records: readonly ExecutionRecord[]
  readonly deeds: readonly Deed[]
  readonly journals: ReadonlyMap<string, JournalEntry[]>
}

/** Kills and goes on until everything has ended; from some moment on, without killing. */
async function untilDone(kill: () => boolean, killed: () => void): Promise<Case> {
  const state = await mkdtemp(path.join(folder, 'state-'))
  while ((await round(state, kill() ? Math.random() ** 2 * 160 : undefined)) === 'killed') killed()
  const store = await openExecutions(stateIn(state))
  const records = store.list({}).map(({ id }) => store.get(id)!)
  const journals = new Map(records.map(({ id }) => [id, [...store.journal(id)]]))
  await store.close()
  const lines = (await readFile(path.join(state, 'deeds'), 'utf8')).trim().split('\n')
  return { records, deeds: lines.map(line => JSON.parse(line) as Deed), journals }
}

function check({ records, deeds, journals }: Case): void {
  expect(records).toHaveLength(5 * eachFlow)
  for (const { id, name, status, error, output, lease } of records) {
    const own = deeds.filter(({ execution }) => execution === name)
    const begins = (step: string) => own.filter(one => one.step === step && one.what === 'begin')
    expect({ name, status, lease }).toEqual({
      name,
      status: expect.stringMatching(name.startsWith('line') ? /^(?:SUCCEEDED|FAILED)$/ : /^SUCCEEDED$/),
      lease: undefined,
    })
    if (status === 'FAILED') expect({ name, error }).toEqual({ name, error: 'Unknown' })

    // A change is done at most once, unless its author declared a retry.
    for (const step of ['change', 'change again', 'touch a', 'touch b', 'touch c'])
      expect({ name, step, times: begins(step).length }).toEqual({
        name,
        step,
        times: expect.toSatisfy(n => n <= 1),
      })

    // What a step answered is what it did last: it was not done again once that was known, and not lost.
    if (status === 'SUCCEEDED' && !name.startsWith('fleet'))
      for (const [step, nonce] of Object.entries(output as Record<string, unknown>))
        if (typeof nonce === 'string')
          expect({ name, step, nonce: begins(step).at(-1)?.nonce }).toEqual({ name, step, nonce })

    // Every host is accounted for.
    if (name.startsWith('fleet')) {
      const { successful, failure } = output as {
        successful: { host: string }[]
        failure: { host: string; code: string }[]
      }
      expect([...successful, ...failure].map(({ host }) => host).sort()).toEqual(['a', 'b', 'c'])
      for (const { code } of failure) expect(code).toBe('unknown')
    }
    checkHistory(journals.get(id)!.filter(entry => entry.execution === id))
  }
}

/** Ids without a gap, and no Wait that ended before its time. */
function checkHistory(entries: readonly JournalEntry[]): void {
  expect(entries.map(({ event }) => event.id)).toEqual(entries.map((_, index) => index + 1))
  const at = (type: string) =>
    entries.filter(({ event }) => event.type === type).map(({ event }) => Date.parse(event.timestamp))
  const waits = at('WaitStateEntered')
  for (const [index, exited] of at('WaitStateExited').entries())
    expect(exited - waits[index]!).toBeGreaterThanOrEqual(1_000)
}

test('killed at any instant, again and again, every execution ends and no change is repeated', {
  timeout: 180_000,
}, async () => {
  let kills = 0
  const until = Date.now() + patience
  const goesOn = () => kills < rounds && Date.now() < until
  const worker = async () => {
    while (goesOn()) {
      const killed = () => {
        kills++
      }
      check(await untilDone(goesOn, killed))
    }
  }
  await Promise.all([worker(), worker()])
  console.info(`killed ${kills} times`)
  expect(kills).toBeGreaterThan(fewest)
})
