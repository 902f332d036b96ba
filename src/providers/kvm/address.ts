import { isIPv4 } from 'node:net'
import type { Status } from '../../core/systems/provider.ts'
import { reachable } from '../../core/systems/reachable.ts'
import type { System } from '../../core/systems/system.ts'
import type { CardFacts } from './domain/read.ts'
import type { Desk } from './hypervisor.ts'
import { macOf } from './names.ts'
import type { DomainRef } from './rpc/index.ts'
import { isLibvirtError, parseLibvirtUri } from './rpc/index.ts'
import { unlessAbsent } from './trouble.ts'

type Where = Pick<Status, 'address' | 'port' | 'addressFrom'>

/** Where libvirt learns a domain's addresses: the agent in the guest, the node's table of neighbours. */
const sources = [
  { number: 1, words: 'guest agent' },
  { number: 2, words: 'neighbours of the node' },
] as const

/**
 * Where a running domain is reached: by the lease of libvirt's DHCP server, by its guest agent, by the node's ARP table, in
 * this order; behind user networking by the port of the node that leads to its SSH. `addressFrom` says why there is none.
 */
export async function addressOf(
  desk: Desk,
  system: Pick<System, 'id' | 'network'>,
  domain: DomainRef,
  cards: readonly CardFacts[],
): Promise<Where> {
  if (system.network?.kind === 'user') return forwarded(desk, system.network.forward)
  const mac = cards[0]?.mac ?? macOf(system)
  const reasons: string[] = []
  for (const { kind, source } of cards) {
    if (kind !== 'network' || source === undefined) continue
    const leased = await leaseOf(desk, source, mac)
    if (leased !== undefined) return { address: leased, addressFrom: `DHCP lease of the network ${source}` }
    reasons.push(`the network ${source} has given it no lease`)
  }
  for (const { number, words } of sources) {
    const told = await interfaceAddress(desk, domain, number, mac)
    if (told.address !== undefined) return { address: told.address, addressFrom: words }
    reasons.push(`${words}: ${told.reason}`)
  }
  return { addressFrom: reasons.join('; ') }
}

async function leaseOf(desk: Desk, name: string, mac: string): Promise<string | undefined> {
  return desk.using(`asking the network ${name} for its leases`, async (connection, limits) => {
    const found = await unlessAbsent(connection.call('networkLookupByName', { name }, limits))
    if (found === undefined) return undefined
    const { network } = found
    const { leases } = await connection.call('networkGetDhcpLeases', { network, mac }, limits)
    const live = leases
      .filter(lease => lease.expires === 0n || Number(lease.expires) * 1000 > desk.job.clock.now())
      .toSorted((a, b) => Number(b.expires - a.expires))
      .map(lease => lease.address)
    return best(live)
  })
}

async function interfaceAddress(
  desk: Desk,
  domain: DomainRef,
  source: number,
  mac: string,
): Promise<{ readonly address?: string | undefined; readonly reason?: string }> {
  return desk.using('asking for its addresses', async (connection, limits) => {
    try {
      const { interfaces } = await connection.call('domainInterfaceAddresses', { domain, source }, limits)
      const its = interfaces.filter(one => one.mac?.toLowerCase() === mac)
      const address = best(its.flatMap(one => one.addresses.map(({ address }) => address)))
      return address === undefined ? { reason: 'no address' } : { address }
    } catch (error) {
      // No agent answers, or this kind of card has no such table: an answer like any other.
      if (!isLibvirtError(error)) throw error
      return { reason: error.code === 'VIR_ERR_AGENT_UNRESPONSIVE' ? 'it is silent' : 'there is none' }
    }
  })
}

/** IPv4 first, as people expect. A guest's agent says what the guest likes. */
function best(addresses: readonly string[]): string | undefined {
  const good = addresses.filter(reachable)
  return good.find(isIPv4) ?? good[0]
}

function forwarded(
  { config, node }: Desk,
  forward: readonly { readonly from: number; readonly to: number }[],
): Where {
  const ssh = forward.find(({ to }) => to === 22)
  if (ssh === undefined)
    return { addressFrom: 'nothing leads to port 22 of it; forward a port, such as { from: 2222, to: 22 }' }
  const { host } = parseLibvirtUri(config.uri)
  return {
    // QEMU listens on its node's loopback; from elsewhere the way leads through the node.
    address: '127.0.0.1',
    port: ssh.from,
    addressFrom: `port ${ssh.from} of ${host ?? node}'s loopback leads to its port 22`,
  }
}
