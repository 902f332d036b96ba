import os from 'node:os'
import { exec, type Hosts, hosts, type Operation, type Outcome, stats } from 're-ops'
import type { BridgePort } from '../../../src/core/bridge.ts'
import { loadConfig } from '../../../src/run/config.ts'
import { wireLocal } from '../../../src/run/wire.ts'
import { type Contestant, contest } from '../contest.ts'
import { type BenchLab, startBenchLab } from '../lab.ts'
import { findPrograms } from '../programs.ts'
import { runProgram } from '../run-program.ts'
import { medianOf, printGoal, printTable } from '../table.ts'
import { openCloset } from './closet.ts'

const byAgent = 'stats by agents'
const bySsh = 'a script by SSH, warm'
const byAnsible = 'the same script by Ansible'

const atOnce = 64

/** What an agent reads of its host, but for rates, which would take a second look. */
const script =
  'cat /proc/stat /proc/loadavg /proc/meminfo /proc/net/dev /proc/uptime /sys/class/thermal/thermal_zone*/temp 2>/dev/null; df -kP'

const sshd = {
  package: 'openssh-server',
  binary: 'sshd',
  purpose: 'the hosts of SSH',
  daemon: { process: 'sshd', service: 'ssh' },
}
const ansible = { package: 'ansible-core', binary: 'ansible', purpose: 'Ansible, its raw module' }

/** What hosts are doing, asked of their agents, by SSH and by Ansible. */
export async function measureStats(count: number, rounds: number): Promise<void> {
  const found = await findPrograms([sshd, ansible])
  if (!found.has('sshd')) return
  const lab = await startBenchLab(count)
  const undo: (() => Promise<unknown>)[] = [() => lab.stop()]
  try {
    const closet = await openCloset({ within: os.tmpdir(), hosts: lab.names })
    undo.push(closet.close)
    await closet.startCrowd(lab.names, 2)
    const through = { answer: closet.client.answer, close: async () => {} }
    const contestants = [
      await pipeline(byAgent, closet.config, stats(hosts([...lab.names])), undo, through),
      await pipeline(bySsh, lab.reopsConfig, exec(hosts([...lab.names]), script), undo),
    ]
    if (found.has('ansible')) contestants.push(ansibleOf(lab))
    const results = await contest(contestants, { rounds, warmUp: 1 })
    printTable(`What ${count} hosts are doing, ${rounds} rounds`, results, bySsh)
    const took = medianOf(results, byAgent)
    for (const { name } of contestants.slice(1))
      printGoal(`stats by agents, against ${name}`, took / medianOf(results, name), 1)
  } finally {
    for (const act of undo.reverse()) await act()
  }
}

/** A process that has done it before, such as a prompt or a daemon. */
async function pipeline<T>(
  name: string,
  config: string,
  operation: Operation<void, Outcome<Hosts, T>>,
  undo: (() => Promise<unknown>)[],
  bridge?: BridgePort,
): Promise<Contestant> {
  const loaded = await loadConfig(config)
  const runtime = wireLocal({ loaded, out: { publish: () => undefined }, concurrency: atOnce, bridge })
  undo.push(() => runtime.close())
  const run = async () => {
    const execution = await runtime.submit(operation, undefined, {})
    const { failure } = await execution.result()
    if (failure[0]) throw new Error(`${failure.length} hosts failed: ${failure[0].message}`)
  }
  // The others take their turns for longer than connections are kept.
  return { name, prepare: run, run }
}

function ansibleOf({ inventory, sshConfig, folder }: BenchLab): Contestant {
  const args = ['all', '-i', inventory, '-f', `${atOnce}`, '-m', 'raw', '-a', script]
  const env = {
    ANSIBLE_HOME: `${folder}/ansible`,
    ANSIBLE_LOCAL_TEMP: `${folder}/ansible/tmp`,
    // Its own default keeps connections for the next run; here each run is a first one.
    ANSIBLE_SSH_ARGS: `-F ${sshConfig} -o ControlMaster=no`,
  }
  return { name: byAnsible, run: () => runProgram('ansible', args, { env }) }
}
