import type { Job, Status } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { addressOf } from './address.ts'
import { readDomain } from './domain/read.ts'
import { findDomain, stateOf } from './domains.ts'
import type { Hypervisor } from './hypervisor.ts'

/** How a system stands, and where it is reached if it runs. */
export async function statusOf(hypervisor: Hypervisor, system: System, job: Job): Promise<Status> {
  const desk = hypervisor.desk(job)
  const domain = await findDomain(desk, system.id, system.ref)
  if (domain === undefined) return { state: 'missing', detail: `${desk.node} has no domain of it` }
  const state = await stateOf(desk, domain)
  if (state.state !== 'running') return state
  const { xml } = await desk.call('domainGetXmlDesc', { domain }, 'reading the domain')
  return { ...state, ...(await addressOf(desk, system, domain, readDomain(xml).cards)) }
}
