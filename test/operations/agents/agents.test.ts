import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { HostsPort } from '../../../src/core/context.ts'
import type { OpenOptions } from '../../../src/core/ports.ts'
import {
  agentFunction,
  collect,
  collected,
  evaluate,
  exec,
  type Hosts,
  hosts,
  listFiles,
  listPackages,
  listProcesses,
  listServices,
  type Operation,
  type Outcome,
  type Progress,
  pingAgents,
  stats,
} from '../../../src/index.ts'
import { openBundlesPort } from '../../../src/run/bundles.ts'
import { carryOut, partsOf } from '../../fakes/carry-out.ts'
import { type Lab, openLab, until } from '../../onprem-bridge/agents/lab.ts'
import type { describe as describeFunction, missing } from './functions.ts'

const project = path.resolve(import.meta.dirname, '../../..')
const bundles = openBundlesPort(path.join(project, 'test'))
let lab: Lab
const opened: { via: string; options: OpenOptions }[] = []
const port: HostsPort = {
  concurrency: 8,
  timeout: 20_000,
  open: (via, host, options) => {
    opened.push({ via, options })
    return lab.transport.open(host, options)
  },
}
const closet = hosts(['foo', 'gone'])
const foo = hosts(['foo'])
const seen: Progress[] = []
const run = <T>(operation: Operation<void, Outcome<Hosts, T>>) =>
  carryOut(operation, { hosts: port, bundles, progress: event => seen.push(event) })
const answer = async <T>(operation: Operation<void, Outcome<Hosts, T>>): Promise<T> => {
  const { successful, failure } = await run(operation)
  if (successful.length !== 1) throw new Error(JSON.stringify(failure))
  return successful[0]!.value
}

beforeAll(async () => {
  lab = await openLab()
  await lab.join('foo')
})
afterAll(() => lab?.close())
afterEach(() => {
  opened.length = 0
  seen.length = 0
})

describe('evaluate', () => {
  test('answers what the function does on each host, and accounts for those that are not there', async () => {
    const outcome = await run(evaluate(closet, (n: number) => n + 1, 41))
    expect(outcome).toMatchObject({
      successful: [{ host: 'foo', value: 42 }],
      failure: [{ host: 'gone', code: 'unreachable' }],
    })
    expect(opened.map(({ via }) => via)).toEqual(['agent', 'agent'])
  })

  test('keeps functions and files as data without a path of this machine', () => {
    const { task } = partsOf(
      evaluate(foo, agentFunction<typeof describeFunction>(import.meta.url, 'describe'), 1),
    )
    expect(task.args).toMatchObject({
      fn: { file: 'test/operations/agents/agents.test.ts', name: 'describe' },
      arg: 1,
    })
    expect(task.label).toBe('evaluate describe')
    expect(JSON.stringify(partsOf(evaluate(foo, () => 1)).task)).not.toContain(project)
  })

  test('executes a function of a file with what it imports', async () => {
    const url = new URL('functions.ts', import.meta.url).href
    const value = await answer(evaluate(foo, agentFunction<typeof describeFunction>(url, 'describe'), 21))
    expect(value).toMatchObject({ twice: 42, here: true, file: expect.stringMatching(/[0-9a-f]{64}\.mjs$/) })
  })

  test('says what is wrong with a function of a file', async () => {
    const url = new URL('functions.ts', import.meta.url).href
    await expect(run(evaluate(foo, agentFunction(url, 'absent')))).rejects.toMatchObject({
      name: 'BundleFailed',
      message: expect.stringMatching(
        /absent of test\/operations\/agents\/functions\.ts does not bundle: .*absent/,
      ),
    })
    await expect(
      run(evaluate(foo, agentFunction(new URL('nowhere.ts', url).href, 'x'))),
    ).rejects.toMatchObject({
      name: 'BundleFailed',
      message: expect.stringContaining('is not in'),
    })
    const { failure } = await run(evaluate(foo, agentFunction<() => typeof missing>(url, 'missing')))
    expect(failure).toMatchObject([
      { code: 'exception', message: expect.stringContaining('no function default') },
    ])
    expect(() => agentFunction('not a url', 'x')).toThrow(/import\.meta\.url/)
    expect(() => agentFunction(url, 'not a name')).toThrow(/no name of an export/)
  })

  test.each(['../etc/passwd', '/etc/passwd', 'a/../../b', 'a\\b'])('takes no file named %j', async file => {
    const args = { fn: { file, name: 'x' }, options: {} }
    const work = carryOut(
      evaluate(foo, () => 1),
      { hosts: port, bundles, args },
    )
    await expect(work).rejects.toMatchObject({ name: 'InvalidArguments' })
  })

  test('tells what it says on its console, and keeps the end of it for a failure', async () => {
    const { failure } = await run(
      evaluate(foo, () => {
        console.log('first line')
        console.error('\u001b[31msecond\u001b[0m line')
        throw new Error('bad')
      }),
    )
    expect(seen.filter(({ kind }) => kind === 'stage')).toEqual(
      expect.arrayContaining([
        { kind: 'stage', step: 'evaluate', host: 'foo', stage: 'first line' },
        { kind: 'stage', step: 'evaluate', host: 'foo', stage: 'second line' },
      ]),
    )
    expect(failure).toMatchObject([
      { code: 'exception', detail: { console: expect.stringContaining('first line') } },
    ])
  })

  test('waits for an agent that is not there when it is told to, beside the time that it has', async () => {
    const work = run(evaluate(hosts(['late']), () => 'here', undefined, { timeout: '10s', wait: '20s' }))
    await until(() => opened.length > 0)
    expect(opened).toEqual([
      { via: 'agent', options: expect.objectContaining({ wait: 20_000, timeout: 30_000 }) },
    ])
    await lab.join('late')
    expect((await work).successful).toMatchObject([{ host: 'late', value: 'here' }])
  })

  test('is refused by a transport that calls no functions', async () => {
    const refuse = async (): Promise<never> => {
      throw new Error('not asked')
    }
    const plain: HostsPort = {
      ...port,
      open: async () => ({ exec: refuse, upload: refuse, download: refuse, sync: refuse }),
    }
    const { failure } = await carryOut(
      evaluate(foo, () => 1),
      { hosts: plain },
    )
    expect(failure).toMatchObject([
      { host: 'foo', code: 'refused', message: expect.stringContaining('agent') },
    ])
  })
})

describe('bundles', () => {
  test('are made again when a file of theirs changes, and are the same when none does', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-bundles-'))
    try {
      await writeFile(path.join(folder, 'package.json'), '{}')
      await writeFile(
        path.join(folder, 'a.ts'),
        "import { b } from './b.ts'\nexport const a = (): number => b",
      )
      await writeFile(path.join(folder, 'b.ts'), 'export const b: number = 1')
      const own = openBundlesPort(folder)
      const first = await own.bundle('a.ts', 'a')
      expect(await own.bundle('a.ts', 'a')).toBe(first)
      expect(Buffer.from(first.source).toString()).not.toContain(folder)
      await writeFile(path.join(folder, 'b.ts'), 'export const b: number = 2')
      expect((await own.bundle('a.ts', 'a')).sha256).not.toBe(first.sha256)
      await writeFile(path.join(folder, 'b.ts'), 'export const b: number = 1')
      expect((await own.bundle('a.ts', 'a')).sha256).toBe(first.sha256)
      await expect(own.bundle('../b.ts', 'b')).rejects.toMatchObject({ slug: 'bundle-failed' })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

describe('what agents know of their hosts', () => {
  test('stats are of this moment and believable', async () => {
    expect((await answer(pingAgents(foo))).ms).toBeGreaterThanOrEqual(0)
    const now = await answer(stats(foo))
    expect(now.cpu.count).toBe(os.cpus().length)
    expect(now.memory.totalBytes).toBeGreaterThan(now.memory.availableBytes)
    expect(now.disks.find(({ mount }) => mount === '/')?.sizeBytes).toBeGreaterThan(0)
    expect(new Date(now.at).getTime()).toBeLessThanOrEqual(Date.now())
    expect(now.load.one).toBeGreaterThanOrEqual(0)
  })

  test('processes are listed, ourselves among them', async () => {
    const own = (await answer(listProcesses(foo))).find(({ pid }) => pid === process.pid)
    expect(own).toMatchObject({ parent: process.ppid, uid: process.getuid?.() })
    expect(own?.memoryBytes).toBeGreaterThan(10_000_000)
  })

  test('files are listed as they stand in a folder', async () => {
    const folder = path.join(lab.folder, 'listed')
    await run(
      exec(
        hosts({ via: 'agent' }, ['foo']),
        `mkdir ${folder}; cd ${folder}; echo x > a; mkdir b; ln -s a c; chmod 640 a`,
      ),
    )
    expect(await answer(listFiles(foo, folder))).toMatchObject([
      { name: 'a', kind: 'file', bytes: 2, mode: '0640' },
      { name: 'b', kind: 'folder' },
      { name: 'c', kind: 'link', target: 'a' },
    ])
    expect((await run(listFiles(foo, '/no/such/folder'))).failure).toMatchObject([
      { code: 'exception', message: expect.stringContaining('no such file or folder there') },
    ])
  })

  test('services are listed by systemd, and it is said where there is none', async () => {
    const { successful, failure } = await run(listServices(foo))
    if (failure.length > 0)
      expect(failure).toMatchObject([{ code: 'refused', message: expect.stringContaining('systemd') }])
    else expect(successful[0]?.value.length).toBeGreaterThan(0)
  })

  test('packages are listed by what manages them', async () => {
    const { successful, failure } = await run(listPackages(foo))
    if (failure.length > 0) expect(failure).toMatchObject([{ code: 'refused' }])
    else expect(successful[0]?.value.packages.length).toBeGreaterThan(0)
  })
})

test('an agent collects by itself, over a break, and is read in one call', async () => {
  const { line } = await lab.join('collector')
  const collector = hosts(['collector'])
  expect(await answer(collect(collector, 'night', '1s', { keep: 2 }))).toEqual({
    name: 'night',
    collecting: true,
    was: false,
  })
  expect(await answer(collect(collector, 'night', '1s', { keep: 2 }))).toMatchObject({ was: true })
  line.cut()
  line.reconnect()
  await until(() => lab.hub.agents().some(({ host, state }) => host === 'collector' && state === 'connected'))
  await until(async () => (await answer(collected(collector, 'night'))).dropped > 0)
  const all = await answer(collected(collector, 'night', { clear: true }))
  expect(all).toMatchObject({ every: 1_000, failed: 0 })
  expect(all.readings).toHaveLength(2)
  expect((await answer(collected(collector, 'night'))).readings.length).toBeLessThan(2)
  expect(await answer(collect(collector, 'night', 0))).toMatchObject({ collecting: false, was: true })
  expect((await run(collected(collector, 'night'))).failure).toMatchObject([{ code: 'refused' }])
})
