// `reops list` of 1,000 systems, beside `virsh list --all` of as many domains of a libvirtd next door. They don't do the
// same: ours answers from its store, whatever hypervisors they are on, and virsh asks the one hypervisor how it stands.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openLibvirt } from '../src/providers/kvm/rpc/index.ts'
import { openDatabase, openSystemStore } from '../src/state/sqlite/index.ts'
import { canHypervise, openHypervisor } from '../test/lab/hypervisor/index.ts'
import { type Contestant, contest } from './support/contest.ts'
import { runProgram } from './support/run-program.ts'
import { medianOf, printTable } from './support/table.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const rounds = Number(values.rounds)
const count = 1_000

/** Milliseconds that a configuration has to be left alone before what was made of it is remembered. */
const stillness = 2_500

const binary = fileURLToPath(new URL('../bin/reops.js', import.meta.url))
const bare = 'node -e 0'
const again = 'reops list'
const first = 'reops list, configuration loaded'
const theirs = 'virsh list --all'

const names = Array.from({ length: count }, (_, index) => `web-${index + 1}`)

async function fillStore(folder: string): Promise<void> {
  await writeFile(
    path.join(folder, 'reops.config.ts'),
    "export default { hypervisors: { 'big-iron': { provider: 'kvm' } } }\n",
  )
  const database = openDatabase(path.join(folder, '.reops/reops.db'))
  const store = openSystemStore(database)
  const author = { by: 'bench', at: Date.now() }
  await Promise.all(
    names.map((hostname, index) =>
      store.add(
        {
          id: `sys-${String(index).padStart(20, '0')}`,
          ...{ hostname, provider: 'kvm', node: 'big-iron', type: 'web', os: 'debian-12', state: 'running' },
          ...{ cpu: 2, ram: 2_048, disk: 20, user: 'ops', key: 'closet', address: '10.20.30.40' },
          ...{ volumes: [], tags: ['web', 'staging'], description: 'one of many that are alike' },
        },
        author,
      ),
    ),
  )
  await store.close()
  database.close()
}

function ours(folder: string): Contestant[] {
  const node = (...args: string[]) =>
    runProgram(process.execPath, args, {
      cwd: folder,
      env: { REOPS_STATE: undefined, REOPS_CONFIG: undefined, NODE_DISABLE_COMPILE_CACHE: undefined },
    })
  return [
    { name: bare, run: () => node('-e', '0') },
    { name: again, run: () => node(binary, 'list') },
    {
      // It remembers for the others what it has loaded.
      name: first,
      prepare: () => rm(path.join(folder, '.reops/cache'), { recursive: true, force: true }),
      run: () => node(binary, 'list'),
    },
    { name: 'reops list web-777', run: () => node(binary, 'list', 'web-777') },
  ]
}

/** A hypervisor with as many domains, or nothing where none can be opened. */
async function openPeer(): Promise<{ readonly contestants: Contestant[]; close(): Promise<void> }> {
  const { meta } = canHypervise()
  if (meta) {
    process.stderr.write(`left out: ${theirs} (${meta.leftOut})\n`)
    return { contestants: [], close: async () => {} }
  }
  const iron = await openHypervisor()
  const uri = `qemu+unix:///system?socket=${iron.socket}`
  const libvirt = await openLibvirt({ uri })
  for (const name of names) {
    const xml = `<domain type="qemu"><name>${name}</name><memory>65536</memory><os><type>hvm</type></os></domain>`
    await libvirt.call('domainDefineXmlFlags', { xml, flags: 0 })
  }
  await libvirt.close()
  return {
    contestants: [{ name: theirs, run: () => runProgram('virsh', ['-c', uri, 'list', '--all']) }],
    close: () => iron.close(),
  }
}

const folder = await mkdtemp(path.join(os.tmpdir(), 'reops-bench-'))
try {
  await fillStore(folder)
  const peer = await openPeer()
  try {
    await sleep(stillness)
    const results = await contest([...ours(folder), ...peer.contestants], { rounds, warmUp: 3 })
    printTable(`${count} systems, ${rounds} rounds`, results, bare)
    for (const { name } of peer.contestants)
      process.stdout.write(
        `reops list against ${name}: ${(medianOf(results, again) / medianOf(results, name)).toPrecision(3)}×\n`,
      )
  } finally {
    await peer.close()
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
