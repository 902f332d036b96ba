import type { System } from './system.ts'

/** The full name: `redis-1.closet.lan`, or the hostname where there is no domain. */
export function fullName({ hostname, domain }: Pick<System, 'hostname' | 'domain'>): string {
  return domain === undefined ? hostname : `${hostname}.${domain}`
}
