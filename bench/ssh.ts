// `true` on a hundred hosts, cold and warm, beside what Debian has for the same. --install installs the others.
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { exec, hosts } from 're-ops'
import { loadConfig } from '../src/run/config.ts'
import { wireLocal } from '../src/run/wire.ts'
import { type Contestant, contest } from './support/contest.ts'
import { type BenchLab, startBenchLab } from './support/lab.ts'
import { peers } from './support/peers.ts'
import { findPrograms } from './support/programs.ts'
import { runProgram } from './support/run-program.ts'
import { medianOf, printGoal, printTable } from './support/table.ts'

const reops = fileURLToPath(new URL('../bin/reops.js', import.meta.url))
const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '100' },
    parallel: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '7' },
    install: { type: 'boolean' },
  },
})
const [count, atOnce, rounds] = [values.hosts, values.parallel, values.rounds].map(Number) as [
  number,
  number,
  number,
]

const cold = 'reops, cold'
const warm = 'reops, warm'

/** A process that starts, connects to every host, and ends. */
function coldReops({ reopsConfig, folder }: BenchLab): Contestant {
  const flags = ['--config', reopsConfig, '--concurrency', `${atOnce}`, '--json']
  const env = { REOPS_STATE: path.join(folder, 'cold') }
  return {
    name: cold,
    run: () => runProgram(process.execPath, [reops, 'exec', 'all', ...flags, '--', 'true'], { env }),
  }
}

/** The same in a process that has done it before, such as a prompt or a daemon. */
async function warmReops({ reopsConfig, names }: BenchLab) {
  const runtime = wireLocal({
    loaded: await loadConfig(reopsConfig),
    out: { publish: () => undefined },
    concurrency: atOnce,
  })
  const run = async () => {
    const execution = await runtime.submit(exec(hosts([...names]), 'true'), undefined, {})
    const { failure } = (await execution.result()) as { failure: readonly { message: string }[] }
    if (failure[0]) throw new Error(`${failure.length} hosts failed: ${failure[0].message}`)
  }
  // The others take their turns for longer than connections are kept.
  return { name: warm, prepare: run, run, close: () => runtime.close() }
}

const sshd = {
  package: 'openssh-server',
  binary: 'sshd',
  purpose: 'the hosts',
  daemon: { process: 'sshd', service: 'ssh' },
}
const ssh = { package: 'openssh-client', binary: 'ssh', purpose: 'what the other tools use' }
const found = await findPrograms([sshd, ssh, ...peers])
const there = peers.filter(({ binary }) => found.has(binary) && found.has('ssh'))

if (!found.has('sshd')) {
  process.stderr.write('nothing to measure without sshd\n')
  process.exitCode = 1
} else {
  const lab = await startBenchLab(count)
  const warmed = await warmReops(lab)
  try {
    const others = there.map(peer => peer.contestant(lab, atOnce))
    const results = await contest([coldReops(lab), ...others, warmed], { rounds, warmUp: 1 })
    printTable(`true on ${count} hosts, ${atOnce} at once, ${rounds} rounds`, results, cold)
    if (others.length > 0) {
      const fastest = Math.min(...others.map(({ name }) => medianOf(results, name)))
      printGoal('cold against the fastest of the others', medianOf(results, cold) / fastest, 1)
      printGoal('warm against the fastest of the others', medianOf(results, warm) / fastest, 1 / 10)
    }
  } finally {
    await warmed.close()
    await lab.stop()
  }
}
