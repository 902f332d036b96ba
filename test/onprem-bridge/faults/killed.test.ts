import { existsSync, statSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hosts } from 're-ops'
import { expect, onTestFinished, test } from 'vitest'
import type { JobRecord } from '../../../src/core/jobs.ts'
import type { Json } from '../../../src/core/json.ts'
import type { TaskRequest } from '../../../src/core/task.ts'
import { bridgePlace } from '../../../src/run/bridge/place.ts'
import { openJobStoreOf } from '../../../src/run/open-jobs.ts'
import { verifyAudit } from '../../../src/state/audit/verify.ts'
import { writeKeyFile } from '../../../src/transports/zeromq/key-file.ts'
import { type FaultLab, faultLab } from './lab.ts'
import { startVictim, type Victim } from './processes.ts'
import { requestTo } from './requests.ts'
import { readLog, type Said } from './submitted.ts'

/** Kills, unless the machine is so busy that its patience (milliseconds) ends before; by hand, hundreds. */
const kills = Number(process.env.REOPS_KILLS ?? 20)
const patience = kills * 2_000
const fewest = Math.min(10, kills)

const closet = ['foo', 'bar'] as const
const named = { ssh: hosts([...closet]), agent: hosts({ via: 'agent' }, ['iron']) }

/** Of an execution with the job's own name. */
const request = (operation: string, args: Json, data?: unknown): TaskRequest => ({
  ...requestTo(operation, args, data as Json),
  execution: { id: 'ID', name: 'ID', startedAt: '2030-01-01T00:00:00.000Z' },
})

/** Jobs are of these kinds in turn, by the number in their id. */
const kindsIn = (folder: string) =>
  [
    ...(['ssh', 'agent'] as const).flatMap(via =>
      ['look', 'put', 'touch'].map(operation => request(operation, { id: 'ID' }, named[via])),
    ),
    request('change', { id: 'ID', file: path.join(folder, 'changed') }),
  ] as const

type Role = 'bridge' | 'submitter' | 'agent'

/** Starts the three, and starts again whoever was killed. */
async function openScene(lab: FaultLab) {
  const { folder } = lab
  const log = path.join(folder, 'submitted')
  const enough = path.join(folder, 'enough')
  const home = path.join(folder, 'iron')
  const { bridgeKey } = lab
  writeKeyFile(path.join(folder, 'agent.key'), await lab.key('iron', 'agent'))
  const keys = await lab.key('laptop')
  await mkdir(home)
  const options = {
    submitter: {
      ...{ name: 'job', url: lab.at('jobs'), bridgeKey, keys, log, enough },
      requests: kindsIn(folder),
      atOnce: 14,
    },
    agent: {
      ...{ bridge: lab.at('agents'), bridgeKey, host: 'iron', state: path.join(folder, 'agent') },
      keyFile: path.join(folder, 'agent.key'),
    },
  }
  const start: Record<Role, () => Promise<Victim>> = {
    bridge: () => lab.start(),
    submitter: () =>
      startVictim(lab.program('submitter'), {
        file: path.join(folder, 'submitter.json'),
        data: options.submitter,
      }),
    agent: () =>
      startVictim(
        lab.program('agent'),
        { file: path.join(folder, 'agent.json'), data: options.agent },
        { env: { HOME: home } },
      ),
  }
  const running = {
    bridge: await start.bridge(),
    agent: await start.agent(),
    submitter: await start.submitter(),
  }
  onTestFinished(async () => {
    for (const victim of Object.values(running)) await victim.kill()
  })
  return {
    log,
    running,
    /** Waits until something has been heard of jobs from now on, or nothing was for a while. */
    async atWork() {
      await Promise.all([running.bridge.ready, running.submitter.ready])
      const before = sizeOf(log)
      for (let waited = 0; sizeOf(log) === before && waited < 5_000; waited += 10) await sleep(10)
    },
    async kill(role: Role) {
      await running[role].kill()
      running[role] = await start[role]()
    },
    /** Lets all that was begun end, and everybody after it. */
    async finish() {
      await writeFile(enough, '')
      expect(await running.submitter.ended, running.submitter.said()).toBe(0)
      running.agent.child.kill('SIGTERM')
      expect(await running.agent.ended, running.agent.said()).toBe(0)
      await running.bridge.ready
      running.bridge.child.send('end')
      expect(await running.bridge.ended, running.bridge.said()).toBe(0)
    },
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

/** How often each id stands in the files that operations write, by host and file. */
async function deedsIn(folder: string): Promise<(host: string, file: string, id: string) => number> {
  const lines = new Map<string, Map<string, number>>()
  const closetFolder = (await readdir(folder)).find(name => existsSync(path.join(folder, name, 'foo')))!
  const places = {
    ...Object.fromEntries(closet.map(host => [host, path.join(folder, closetFolder, host)])),
    iron: path.join(folder, 'iron'),
    here: folder,
  }
  for (const [host, place] of Object.entries(places))
    for (const file of ['looked', 'put', 'touched', 'changed']) {
      const text = await readFile(path.join(place, file), 'utf8').catch(() => '')
      const counts = new Map<string, number>()
      for (const id of text.split('\n')) counts.set(id, (counts.get(id) ?? 0) + 1)
      lines.set(`${host} ${file}`, counts)
    }
  return (host, file, id) => lines.get(`${host} ${file}`)?.get(id) ?? 0
}

interface Answered {
  readonly successful: readonly { readonly host: string; readonly value: string }[]
  readonly failure: readonly { readonly host: string; readonly code: string; readonly message: string }[]
}

const files: Readonly<Record<string, string>> = { look: 'looked', put: 'put', touch: 'touched' }

/** Holds one job's end to what was done. */
function checkEnd(record: JobRecord, deeds: (host: string, file: string, id: string) => number): void {
  const { id, state, attempts, request: asked } = record
  const { operation } = asked
  const about = JSON.stringify(record)
  if (operation === 'change') {
    const times = deeds('here', 'changed', id)
    if (state === 'succeeded') expect([record.output, times], about).toEqual([`did ${id}`, 1])
    else {
      expect([state, record.error], about).toEqual(['unknown', 'Unknown'])
      expect(times, about).toBeLessThanOrEqual(1)
    }
    return
  }
  const file = files[operation]!
  // What was at work at three ends of the bridge may be what ends it.
  if (operation !== 'touch' && state === 'unknown') {
    expect(attempts, about).toBeGreaterThanOrEqual(3)
    return
  }
  expect(state, about).toMatch(/^(?:succeeded|unknown)$/)
  const { successful, failure } = record.output as unknown as Answered
  const all = (asked.data as unknown as { hosts: readonly { name: string }[] }).hosts.map(({ name }) => name)
  expect([...successful, ...failure].map(({ host }) => host).sort(), about).toEqual(all.toSorted())
  for (const { host, value } of successful) {
    expect(value, about).toBe(`did ${id}\n`)
    if (operation === 'touch') expect(deeds(host, file, id), about).toBe(1)
    else expect(deeds(host, file, id), about).toBeGreaterThanOrEqual(1)
  }
  for (const { host, code } of failure) {
    expect(code, about).toMatch(/^(?:unknown|unreachable)$/)
    // It says that nothing was executed.
    if (code === 'unreachable' && attempts === 1) expect(deeds(host, file, id), about).toBe(0)
    if (operation === 'touch') expect(deeds(host, file, id), about).toBeLessThanOrEqual(1)
  }
}

/** Whatever was answered for a job, however often, is its end. */
function checkAnswers(said: readonly Said[], record: JobRecord): void {
  const answers = said.flatMap(one => {
    if (one.what === 'answer') return [JSON.stringify(one.output)]
    return one.what === 'failed' ? [`${one.error}: ${one.cause}`] : []
  })
  const end = record.output === undefined ? `${record.error}: ${record.cause}` : JSON.stringify(record.output)
  expect(new Set(answers)).toEqual(new Set([end]))
}

test('whoever is killed at whatever instant, every job ends once or is unknown, and none is lost', {
  timeout: patience + 120_000,
}, async () => {
  const lab = await faultLab({ hosts: closet.map(name => name), quick: true })
  onTestFinished(() => lab.close())
  const scene = await openScene(lab)
  const counts: Record<Role, number> = { bridge: 0, submitter: 0, agent: 0 }
  const total = () => counts.bridge + counts.submitter + counts.agent
  const until = Date.now() + patience
  while (total() < kills && Date.now() < until) {
    const role = (['bridge', 'bridge', 'submitter', 'agent'] as const)[Math.floor(Math.random() * 4)]!
    // Now and then also while it starts, and mostly while somebody is at something.
    if (Math.random() < 0.8) await scene.atWork()
    await sleep(Math.random() ** 2 * 400)
    await scene.kill(role)
    counts[role]++
  }
  await scene.finish()

  const store = await openJobStoreOf(lab.loaded)
  onTestFinished(() => store.close())
  expect(store.unfinished()).toEqual([])
  const byJob = Map.groupBy(readLog(scene.log), ({ id }) => id)
  const deeds = await deedsIn(lab.folder)
  const states: Record<string, number> = {}
  for (const [id, said] of byJob) {
    const record = store.get(id)
    if (record === undefined) throw new Error(`${id} is lost: ${JSON.stringify(said)}`)
    checkEnd(record, deeds)
    checkAnswers(said, record)
    states[record.state] = (states[record.state] ?? 0) + 1
  }
  expect(
    store
      .list({ limit: 1_000_000 })
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([...byJob.keys()].toSorted())
  expect(await verifyAudit(bridgePlace(lab.loaded).audit)).toMatchObject({ broken: undefined })
  console.info(`killed ${JSON.stringify(counts)}; jobs ${JSON.stringify(states)}`)
  expect(total()).toBeGreaterThanOrEqual(fewest)
})
