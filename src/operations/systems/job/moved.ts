import { defined } from '../../../core/defined.ts'
import type { Host } from '../../../core/hosts.ts'
import type { Result } from '../../../core/operation/accounted.ts'
import type { System } from '../../../core/systems/system.ts'
import type { Known } from './known.ts'

/**
 * How a host is reached now that its system was worked on. A machine that was off had no address when it was selected,
 * and one that began again may have another; one that was only named is reached as its system. What the author said of
 * it stays.
 */
export function reachedNow(known: Known, result: Result<unknown>, hostOf: (system: System) => Host): Host {
  const { host } = known
  if (!('system' in known) || !('success' in result)) return host
  const now = result.success.value as System | null
  if (now?.id !== known.system.id || !('state' in now)) return host
  if (host.system === undefined)
    return host.address === undefined ? { ...hostOf(now), ...defined(host) } : host
  if (host.address !== known.system.address) return host
  const { address: _, port: __, ...rest } = host
  return { ...rest, ...defined({ address: now.address, port: now.port }) }
}
