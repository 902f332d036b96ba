import { inParallel } from '../../core/operation/in-parallel.ts'
import type { Found, Job } from '../../core/systems/provider.ts'
import { addressOf } from './address.ts'
import { type DomainFacts, readDomain } from './domain/read.ts'
import { stateOf } from './domains.ts'
import type { Desk, Hypervisor } from './hypervisor.ts'
import { domainUuid } from './names.ts'
import type { DomainRef } from './rpc/index.ts'
import { unlessAbsent } from './trouble.ts'

/** Domains that are asked about at once: each takes several questions, and a silent guest agent seconds. */
const atOnce = 16

/** Every domain of a hypervisor, ours with what was told there of them. One that goes meanwhile is not there. */
export async function listDomains(hypervisor: Hypervisor, job: Job): Promise<readonly Found[]> {
  const desk = hypervisor.desk(job)
  job.stage(`listing ${hypervisor.name}`)
  const { domains } = await desk.call('connectListAllDomains', {}, 'listing its domains')
  const found = await inParallel(domains, atOnce, domain => describe(desk, domain))
  return found.filter(one => one !== undefined)
}

async function describe(desk: Desk, domain: DomainRef): Promise<Found | undefined> {
  const xml = await desk.using('reading a domain', async (connection, limits) => {
    const answer = await unlessAbsent(connection.call('domainGetXmlDesc', { domain }, limits))
    return answer?.xml
  })
  if (xml === undefined) return undefined
  const { cpu, ram, cards, told } = factsOf(domain, xml)
  const state = await stateOf(desk, domain)
  if (state.state === 'missing') return undefined
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

/**
 * What a definition says. One that can't be read hides no other, and a description counts only at the domain that it was
 * written for: whoever copies a domain copies what was told of the first.
 */
function factsOf({ uuid }: DomainRef, xml: string): Pick<DomainFacts, 'cpu' | 'ram' | 'cards' | 'told'> {
  try {
    const facts = readDomain(xml)
    const ours = facts.told !== undefined && domainUuid(facts.told.id) === uuid
    return ours ? facts : { ...facts, told: undefined }
  } catch {
    return { cpu: undefined, ram: undefined, cards: [], told: undefined }
  }
}
