// What the bridge costs: a job that does nothing but go to an agent and back beside ZeroMQ alone, jobs a second with the
// journal, a thousand agents on one bridge, and `stats` by agents beside SSH and Ansible. --only round-trip, jobs, agents or
// stats; --install installs Ansible.
import { existsSync } from 'node:fs'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { measureAgents } from './support/bridge/measure-agents.ts'
import { measureJobs } from './support/bridge/measure-jobs.ts'
import { measureRoundTrip } from './support/bridge/measure-round-trip.ts'
import { measureStats } from './support/bridge/measure-stats.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rounds: { type: 'string', default: '10' },
    jobs: { type: 'string', default: '2000' },
    agents: { type: 'string', default: '1000' },
    hosts: { type: 'string', default: '100' },
    install: { type: 'boolean' },
  },
})
const [rounds, jobs, agents, hosts] = [values.rounds, values.jobs, values.agents, values.hosts].map(
  Number,
) as [number, number, number, number]

/** A folder on a disk, and one in memory, where a commit waits for nothing. */
const places = { disk: os.tmpdir(), memory: existsSync('/dev/shm') ? '/dev/shm' : undefined }

const parts: Readonly<Record<string, () => Promise<void>>> = {
  'round-trip': () => measureRoundTrip(places, { rounds, each: 100 }),
  jobs: () => measureJobs(places, { jobs, atOnce: 256, rounds: Math.min(rounds, 3) }),
  agents: () => measureAgents(agents, Math.min(rounds, 10)),
  stats: () => measureStats(hosts, Math.min(rounds, 7)),
}
const chosen = values.only === undefined ? Object.keys(parts) : [values.only]
for (const part of chosen) {
  const measure = parts[part]
  if (measure === undefined)
    throw new Error(`there is no ${part}; there are ${Object.keys(parts).join(', ')}`)
  await measure()
}
