import type { Found, Job } from '../../core/systems/provider.ts'
import { addressOf } from './address.ts'
import { readDomain } from './domain/read.ts'
import { stateOf } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import type { DomainRef } from './rpc/index.ts'
import { unlessAbsent } from './trouble.ts'

/** Every domain of a hypervisor, ours with what was told there of them. One that goes meanwhile is not there. */
export async function listDomains(hypervisor: Hypervisor, job: Job): Promise<readonly Found[]> {
  const desk = hypervisor.desk(job)
  job.stage(`listing ${hypervisor.name}`)
  const { domains } = await desk.call('connectListAllDomains', {}, 'listing its domains')
  const found = await Promise.all(domains.map(domain => describe(desk, domain)))
  return found.filter(one => one !== undefined)
}

async function describe(desk: Desk, domain: DomainRef): Promise<Found | undefined> {
  const xml = await desk.using('reading a domain', async (connection, limits) => {
    const answer = await unlessAbsent(connection.call('domainGetXmlDesc', { domain }, limits))
    return answer?.xml
  })
  if (xml === undefined) return undefined
  const { cpu, ram, cards, told } = readDomain(xml)
  const state = await stateOf(desk, domain)
  const where =
    state.state === 'running' && told !== undefined ? await addressOf(desk, told, domain, cards) : {}
  return {
    ref: domain.uuid,
    node: desk.node,
    label: domain.name,
    cpu,
    ram,
    ...state,
    ...where,
    ...(told === undefined ? {} : { told }),
  }
}
