import { isIP } from 'node:net'
import type { Sources } from './sources.ts'

/** `inet 10.0.0.7/24` of ip, `inet 10.0.0.7 netmask` and `inet6 fe80::1%en0` of BSD, `inet addr:10.0.0.7` of busybox. */
const stated = /\binet6?\s+(?:addr:\s*)?([0-9a-fA-F.:]+)/

/**
 * Addresses from what `ip -o addr` or `ifconfig -a` printed, without those that reach nobody from outside: loopback
 * and link-local. `null` when the host has neither program; every host has a loopback to tell of.
 */
export function readAddresses(sources: Sources): string[] | null {
  const found = [...sources.lines('ip'), ...sources.lines('ifconfig')].flatMap(
    line => stated.exec(line)?.[1] ?? [],
  )
  const valid = found.filter(address => isIP(address) !== 0)
  if (valid.length === 0) return null
  return [...new Set(valid)].filter(address => !/^(?:127\.|169\.254\.|::1$|fe[89ab][0-9a-f]:)/i.test(address))
}
