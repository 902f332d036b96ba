import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { flow, hosts, operation, parallel, pipe, retry, transform } from 're-ops'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { type BridgePort, JobLeft } from '../../../src/core/bridge.ts'
import type { Flow } from '../../../src/core/flow.ts'
import type { Json } from '../../../src/core/json.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { openExecutions } from '../../../src/run/open-executions.ts'
import { openSpillFolder } from '../../../src/state/spill-folder.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import { stateIn } from '../durable/state.ts'
import { say } from '../harness.ts'

/** Answers nothing until it is told to stop, and remembers why it was. */
const untilStopped = (signal: AbortSignal, why: unknown[] = []) =>
  new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => {
      why.push(signal.reason)
      reject(signal.reason)
    }),
  )
/** Whether a change is begun in this process after all, and how often it was. */
let held = false
let begun = 0

const change = operation({
  name: 'change',
  site: 'onprem',
  effect: 'change',
  schema: z.strictObject({ to: z.string() }),
  handle: (_data, _args, { signal }) => {
    if (!held) throw new Error('this is done by the bridge')
    begun++
    return untilStopped(signal)
  },
})

const input = z.strictObject({})
const start = transform(() => 0)
const flows: ReadonlyMap<string, Flow> = new Map(
  Object.entries({
    one: flow({ input, steps: pipe(start, change({ to: 'a' })) as never }),
    hosts: flow({ input, steps: say(hosts(['a', 'b'])) as never }),
    wide: flow({ input, steps: pipe(start, parallel(change({ to: 'a' }), change({ to: 'b' }))) as never }),
    tried: flow({
      input,
      steps: pipe(start, retry(change({ to: 'a' }), { attempts: 3, every: '1s' })) as never,
    }),
  }),
)

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reops-resumed-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})

/** What a bridge was asked, and how the test answers it. */
function askedBridge(answer: (id: string, nth: number, signal: AbortSignal) => Promise<Json>) {
  const asked: string[] = []
  const bridge: BridgePort = {
    answer: (_request, { id, signal }) => {
      asked.push(id)
      return answer(id, asked.length, signal)
    },
    close: async () => {},
  }
  return { asked, bridge }
}

/** A runtime of a process of its own, as far as its executions can tell. Nobody closes what was killed. */
async function processOn(bridge: BridgePort | undefined) {
  const runtime = localRuntime({
    hosts: scriptedHosts({}, systemClock),
    store: openSpillFolder(path.join(folder, 'spilled')),
    out: { publish: () => {} },
    progress: () => {},
    nameOf: operation => [...flows].find(([, one]) => one === operation)?.[0],
    flows,
    journal: () => openExecutions(stateIn(folder)),
    bridge,
  })
  return runtime
}

/** Begins a flow on a bridge that never answers, and ends its process in the middle. Answers the jobs that it gave. */
async function interrupted(flowName: string, jobs: number): Promise<string[]> {
  const why: unknown[] = []
  const { asked, bridge } = askedBridge((_id, _nth, signal) => untilStopped(signal, why))
  const first = await processOn(bridge)
  const execution = await first.submit(flows.get(flowName)!, {}, { name: 'it' })
  execution.result().catch(() => {})
  await expect.poll(() => asked.length).toBe(jobs)
  await first.close()
  // It is left to whoever goes on, and not cancelled.
  expect(why.every(reason => reason instanceof JobLeft)).toBe(true)
  expect(why).toHaveLength(jobs)
  return asked
}

async function resumed(bridge: BridgePort | undefined): Promise<unknown> {
  const second = await processOn(bridge)
  onTestFinished(() => second.close())
  const [execution] = await second.resumeAbandoned()
  return execution!.result().catch(error => error)
}

test('a change that was under way is submitted again under its id, and its answer is the answer', async () => {
  const before = await interrupted('one', 1)
  const { asked, bridge } = askedBridge(async () => 'done once')
  expect(await resumed(bridge)).toBe('done once')
  expect(asked).toEqual(before)
  expect(before[0]).toMatch(/^arn:aws:states:.*:execution:one:it\/[0-9a-f-]{36}$/)
})

test('an operation on hosts is asked after as well, in place of a guess', async () => {
  const before = await interrupted('hosts', 1)
  const outcome = { on: hosts(['a', 'b']), successful: [], failure: [], left: [] } as unknown as Json
  const { asked, bridge } = askedBridge(async () => outcome)
  expect(await resumed(bridge)).toEqual(outcome)
  expect(asked).toEqual(before)
})

test('branches that do the same are jobs of their own, and stay so', async () => {
  const before = await interrupted('wide', 2)
  expect(new Set(before).size).toBe(2)
  const { asked, bridge } = askedBridge(async id => before.indexOf(id))
  expect(await resumed(bridge)).toEqual([0, 1])
  expect(asked.sort()).toEqual(before.sort())
})

test('another attempt is another job', async () => {
  const { asked, bridge } = askedBridge(async (_id, nth) => {
    if (nth < 3) throw new Error('not yet')
    return 'at last'
  })
  const runtime = await processOn(bridge)
  onTestFinished(() => runtime.close())
  const execution = await runtime.submit(flows.get('tried')!, {}, {})
  expect(await execution.result()).toBe('at last')
  expect(new Set(asked).size).toBe(3)
})

test('without a bridge, nobody knows what became of a change that one was given', async () => {
  await interrupted('one', 1)
  expect(await resumed(undefined)).toMatchObject({ error: 'Unknown' })
})

test('a change that was begun in this process is not given to a bridge, which knows nothing of it', async () => {
  held = true
  const first = await processOn(undefined)
  const execution = await first.submit(flows.get('one')!, {}, { name: 'it' })
  execution.result().catch(() => {})
  await expect.poll(() => begun).toBe(1)
  await first.close()
  const { asked, bridge } = askedBridge(async () => 'never')
  expect(await resumed(bridge)).toMatchObject({ error: 'Unknown' })
  expect(asked).toEqual([])
})
