import process from 'node:process'
import { createInterface } from 'node:readline'
import { machineSchema } from '../../../src/core/systems/nodes.ts'
import type { Job, Provider } from '../../../src/core/systems/provider.ts'
import { SystemTrouble } from '../../../src/core/systems/trouble.ts'
import { openPhysical } from '../../../src/providers/physical/index.ts'
import { openHostsPort } from '../../../src/run/hosts-port.ts'
import { createSshTransport } from '../../../src/transports/ssh/index.ts'
import { testJob } from '../../support/job.ts'
import type { Errand, Report } from './desk.ts'
import { quickPace, systemOf } from './systems.ts'

/**
 * Carries out operations of the provider in a network that only a process of its own can be in: an errand a line, a report
 * a line, until its input ends.
 */
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line) as Errand))}\n`)

async function run(errand: Errand): Promise<Report> {
  const { folder, key, hosts: known = {} } = errand
  const hosts = openHostsPort(
    {
      ssh: () =>
        createSshTransport({
          stateFolder: folder,
          home: folder,
          configFile: false,
          agent: false,
          defaults: { key },
          hosts: known,
        }),
    },
    { concurrency: 4, timeout: 20_000 },
  )
  const machines = { box: machineSchema.parse(errand.machine) }
  const provider = openPhysical(machines, { hosts, secrets: async () => 'secret', pace: quickPace })
  const job = testJob({ withinMs: 30_000 })
  const said = { stages: job.stages, warnings: job.warnings }
  try {
    return { value: await carryOut(provider, errand, job), ...said }
  } catch (error) {
    if (!(error instanceof SystemTrouble)) throw error
    return { trouble: { code: error.code, message: error.message }, ...said }
  } finally {
    await hosts.close()
  }
}

async function carryOut(provider: Provider, { does, options }: Errand, job: Job): Promise<unknown> {
  const system = systemOf('box')
  const how = options ?? { graceMs: 10_000, force: false }
  switch (does) {
    case 'start':
      return provider.start(system, job)
    case 'stop':
      return provider.stop(system, how, job)
    case 'restart':
      return provider.restart(system, how, job)
    case 'status':
      return provider.status(system, job)
  }
}
