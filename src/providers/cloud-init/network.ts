import * as z from 'zod'

/** One network card of a guest. Addresses have a prefix length, such as `192.168.1.5/24`. */
export interface NetworkCard {
  /** The name that the card has in the guest, or is given there when its `mac` is named. */
  readonly name: string
  readonly mac?: string | undefined
  /** Asks for an address by DHCP; so is done when no address is given. */
  readonly dhcp?: boolean | undefined
  readonly addresses?: readonly string[] | undefined
  /** The way out: one address for each family at most. */
  readonly gateways?: readonly string[] | undefined
  readonly nameservers?: readonly string[] | undefined
  readonly search?: readonly string[] | undefined
}

const ip = z.union([z.ipv4(), z.ipv6()], { error: 'that is no IP address' })
const cidr = z.union([z.cidrv4(), z.cidrv6()], {
  error: 'an address has a prefix length, such as 192.168.1.5/24',
})
const isIpv6 = (address: string) => address.includes(':')
const isIpv4 = (address: string) => !isIpv6(address)

const card = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9._-]{0,14}$/, 'a card has a name of at most 15 characters, such as eth0'),
    mac: z
      .string()
      .regex(/^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/, 'a MAC is written as 52:54:00:12:34:56')
      .transform(mac => mac.toLowerCase())
      .optional(),
    dhcp: z.boolean().optional(),
    addresses: z.array(cidr).max(16).optional(),
    gateways: z
      .array(ip)
      .max(2)
      .refine(
        given => new Set(given.map(isIpv6)).size === given.length,
        'name one gateway for each of IPv4 and IPv6 at most',
      )
      .optional(),
    nameservers: z.array(ip).max(8).optional(),
    search: z.array(z.hostname()).max(8).optional(),
  })
  .refine(
    ({ dhcp, addresses = [] }) => dhcp !== false || addresses.length > 0,
    'a card without DHCP needs an address',
  )
  .refine(
    ({ addresses = [], gateways = [] }) =>
      gateways.every(gateway => addresses.some(address => isIpv6(address) === isIpv6(gateway))),
    'a gateway needs an address of its own family; with DHCP the server names it',
  )

type Card = z.output<typeof card>

export const networkSchema = z
  .array(card)
  .min(1)
  .max(16)
  .refine(
    cards => new Set(cards.map(card => card.name)).size === cards.length,
    'two cards have the same name; name each one once',
  )

/**
 * Writes cards as cloud-init's network configuration, in version 1: of the two, every renderer gives it the
 * same meaning, while version 2 loses IPv6's way out where ifupdown reads it.
 */
export function networkConfig(cards: readonly Card[]): Record<string, unknown> {
  return { version: 1, config: cards.map(physical) }
}

function physical(card: Card): Record<string, unknown> {
  const { name, mac, addresses = [], nameservers = [], search = [] } = card
  const dhcp = card.dhcp ?? addresses.length === 0
  const subnets: Record<string, unknown>[] = dhcp ? [{ type: 'dhcp4' }] : []
  for (const family of [isIpv4, isIpv6]) {
    const gateway = card.gateways?.find(family)
    for (const [index, address] of addresses.filter(family).entries())
      subnets.push({
        type: family === isIpv6 ? 'static6' : 'static',
        address,
        ...(index === 0 && gateway !== undefined ? { gateway } : {}),
      })
  }
  Object.assign(subnets[0]!, {
    ...(nameservers.length === 0 ? {} : { dns_nameservers: nameservers }),
    ...(search.length === 0 ? {} : { dns_search: search }),
  })
  return { type: 'physical', name, ...(mac === undefined ? {} : { mac_address: mac }), subnets }
}
