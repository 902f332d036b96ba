import {
  type Author,
  HostnameTaken,
  RevisionConflict,
  SystemHeld,
  type SystemLease,
  SystemLeaseLost,
  UnknownSystem,
} from '../../core/systems/store.ts'
import type { Standing } from './tables.ts'

type Named = Pick<Standing, 'id' | 'hostname'>

/**
 * Refuses a change by whoever must not make it: under a lease that is over, or without one while somebody holds the
 * system. One that expired and that nobody took since is still good: nothing has come between.
 */
export function refuseIntruder(
  id: string,
  called: string,
  lease: SystemLease | undefined,
  { fence, at }: Author,
): void {
  if (fence !== undefined) refuseLost(id, called, lease, fence)
  else if (lease !== undefined && lease.until > at) throw held(id, called, lease)
}

/** Answers the lease when it is the one under this fence, and throws `SystemLeaseLost` otherwise. */
export function refuseLost(
  id: string,
  called: string,
  lease: SystemLease | undefined,
  fence: number,
): SystemLease {
  if (lease?.fence === fence) return lease
  const now = lease === undefined ? 'it was given back' : `${lease.owner} took it for ${lease.purpose}`
  throw new SystemLeaseLost(
    `the lease of ${called} under fence ${fence} is over (${now}): stop what is still done under it, look how the system stands, and acquire it again before going on`,
    { detail: { system: id, fence, ...(lease === undefined ? {} : { holder: lease }) } },
  )
}

export function refuseOld({ id, hostname, revision }: Standing, asked: number): void {
  if (revision === asked) return
  throw new RevisionConflict(
    `${hostname} is at revision ${revision} by now, and the change was made from ${asked}: read it again and decide anew`,
    { detail: { system: id, revision, asked } },
  )
}

/** Refuses a hostname that another system than this has. */
export function refuseTaken(id: string, hostname: string, holder: Named | undefined): void {
  if (holder === undefined || holder.id === id) return
  throw new HostnameTaken(
    `${hostname} is the hostname of ${holder.id} already, and a hostname is one system's, whatever its domain: choose another name, or destroy that system first`,
    { detail: { hostname, system: holder.id } },
  )
}

export function unknown(id: string): UnknownSystem {
  return new UnknownSystem(
    `there is no system ${id}: it was destroyed, or never added; reops list names those that there are`,
    { detail: { system: id } },
  )
}

function held(id: string, called: string, lease: SystemLease): SystemHeld {
  const until = new Date(lease.until).toISOString()
  return new SystemHeld(
    `${called} is held by ${lease.owner} for ${lease.purpose} until ${until}: wait until that is done, or stop it, and try again`,
    { detail: { system: id, holder: lease } },
  )
}
