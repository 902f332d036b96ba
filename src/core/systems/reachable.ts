import * as z from 'zod'

const ipv4 = z.ipv4()
const ipv6 = z.ipv6()

/**
 * Whether an address that a machine claims can be one at which others reach it. Machines say what they like: loopback would
 * lead to ourselves, and so would the addresses of IPv4 in those of IPv6; link-local, multicast and unspecified ones lead
 * nowhere.
 *
 * @example
 * ['10.0.0.5', '::ffff:127.0.0.1'].filter(reachable) // ['10.0.0.5']
 */
export function reachable(address: string): boolean {
  if (ipv4.safeParse(address).success) {
    const [first = 0, second = 0] = address.split('.').map(Number)
    return first !== 0 && first !== 127 && first < 224 && !(first === 169 && second === 254)
  }
  if (!ipv6.safeParse(address).success) return false
  // Global unicast (2000::/3) and unique local (fc00::/7) addresses begin with four digits however they are written.
  return /^(?:[23][0-9a-f]{3}|f[cd][0-9a-f]{2}):/i.test(address)
}
