import type { Duplex } from 'node:stream'
import type { Job } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { needDomain, stateOf } from './domains.ts'
import type { Hypervisor } from './hypervisor.ts'
import { constants } from './rpc/index.ts'

/**
 * The serial console of a running machine. Whoever had it before loses it, so that a session that was forgotten does not
 * lock everybody out.
 */
export async function openConsole(hypervisor: Hypervisor, system: System, job: Job): Promise<Duplex> {
  const desk = hypervisor.desk(job)
  const domain = await needDomain(desk, system)
  const { state, detail } = await stateOf(desk, domain)
  if (state !== 'running')
    throw new SystemTrouble(
      'refused',
      `${system.hostname} is ${detail}; only a running machine has a console`,
    )
  return desk.using('opening the console', (connection, { signal }) =>
    connection.console(domain, { flags: constants.console.force, signal }),
  )
}
