import { BlockList, isIPv4 } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/** One of our addresses, and who is in the same network. */
export interface Neighbourhood {
  readonly address: string
  has(stranger: string): boolean
}

/**
 * The networks that this machine is in, each with our address there. `only` narrows them to the one in which that is our
 * address; without it this machine's own is left out.
 */
export function neighbourhoods(interfaces: Interfaces, only?: string): readonly Neighbourhood[] {
  return Object.values(interfaces)
    .flatMap(all => all ?? [])
    .filter(({ family, internal, address }) =>
      only === undefined ? family === 'IPv4' && !internal : address === only,
    )
    .flatMap(({ address, cidr }) => {
      const prefix = Number(cidr?.split('/')[1])
      if (!Number.isInteger(prefix)) return []
      const list = new BlockList()
      list.addSubnet(address, prefix)
      return [{ address, has: (stranger: string) => list.check(plain(stranger)) }]
    })
}

/** Our address in the network of a stranger; nothing for one from elsewhere. */
export function addressFor(all: readonly Neighbourhood[], stranger: string): string | undefined {
  return isIPv4(plain(stranger)) ? all.find(one => one.has(stranger))?.address : undefined
}

/** A socket of both families writes IPv4 addresses as IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:/i, '')
}
