import type { Job, Status } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { addressOf } from './address.ts'
import { type CardFacts, readDomain } from './domain/read.ts'
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
  return { ...state, ...(await addressOf(desk, system, domain, cardsOf(xml))) }
}

/** Definitions that were asked for last, by their text. */
const lately = new Map<string, readonly CardFacts[]>()
const mostLately = 32

/** A machine that is waited for is asked again and again, mostly for the same definition; reading it costs the most. */
function cardsOf(xml: string): readonly CardFacts[] {
  const cards = lately.get(xml) ?? readDomain(xml).cards
  lately.delete(xml)
  lately.set(xml, cards)
  const [oldest] = lately.keys()
  if (oldest !== undefined && lately.size > mostLately) lately.delete(oldest)
  return cards
}
