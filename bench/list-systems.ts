// What the store of systems costs: listing 1,000 of them, finding one, and changing one under a lease.
// `node bench/list-systems.ts [folder]`: the folder's disk is measured, the temporary folder's otherwise.
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { NewSystem } from '../src/core/systems/system.ts'
import { openDatabase, openSystemStore } from '../src/state/sqlite/index.ts'
import { contest } from './support/contest.ts'
import { printTable } from './support/table.ts'

const count = 1_000
const rounds = 41

function systemOf(number: number): NewSystem {
  return {
    id: `sys-${String(number).padStart(20, '0')}`,
    hostname: `web-${number}`,
    domain: 'closet.lan',
    provider: 'kvm',
    node: `iron-${number % 10}`,
    ref: '3b1d7a52-4f0e-4f6e-9a53-1c2f60a0c1de',
    type: number % 4 === 0 ? 'redis' : 'web',
    args: { port: 6380, replicas: 2 },
    os: 'debian-12',
    ...{ cpu: 2, ram: 2_048, disk: 20, user: 'ops', key: 'closet', address: '10.20.30.40', port: 22 },
    volumes: [{ name: 'data', size: 100, keep: true }],
    network: { kind: 'bridge', name: 'br0' },
    description: 'one of many that are alike',
    tags: ['web', 'staging'],
    state: number % 10 === 0 ? 'stopped' : 'running',
  }
}

const folder = await mkdtemp(path.join(process.argv[2] ?? os.tmpdir(), 'reops-bench-'))
const database = openDatabase(path.join(folder, 'reops.db'))
try {
  const store = openSystemStore(database)
  const author = { by: 'bench', at: Date.now() }
  const started = performance.now()
  await Promise.all(Array.from({ length: count }, (_, number) => store.add(systemOf(number), author)))
  process.stdout.write(`${count} added in ${(performance.now() - started).toFixed(0)} ms\n`)

  const some = systemOf(777)
  let stage = 0
  const changed = async () => {
    const { lease } = await store.acquire(some.id, 'bench', 'stop', 60_000, Date.now())
    const { revision } = (await store.get(some.id))!
    const under = { by: 'stop', at: Date.now(), fence: lease.fence }
    await store.change(some.id, revision, { stage: `${++stage}` }, under)
    await store.release(some.id, lease.fence)
  }
  const expectSome = (number: number, found: number) => {
    if (found !== number) throw new Error(`${found} were found, not ${number}`)
  }
  const all = `list ${count}`
  const results = await contest(
    [
      { name: all, run: async () => expectSome(count, (await store.list()).length) },
      {
        name: 'list those of a type that are stopped',
        run: async () => {
          const both = [
            { where: 'type', types: ['redis'] },
            { where: 'state', states: ['stopped'] },
          ] as const
          expectSome(50, (await store.list({ where: 'both', both })).length)
        },
      },
      {
        name: 'find one by its name',
        run: async () => expectSome(1, (await store.find('web-777')) === undefined ? 0 : 1),
      },
      { name: 'take a lease, change one, give it back', run: changed },
      { name: `export ${count}`, run: async () => expectSome(count, (await store.dump(0)).systems.length) },
    ],
    { rounds, warmUp: 5 },
  )
  printTable(`The store of systems, ${rounds} rounds`, results, all)
  await store.close()
} finally {
  database.close()
  await rm(folder, { recursive: true, force: true })
}
