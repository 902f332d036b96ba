import { defined } from '../../../core/defined.ts'
import type { Found } from '../../../core/systems/provider.ts'
import {
  type NewSystem,
  type System,
  type SystemChange,
  type SystemState,
  systemSchema,
} from '../../../core/systems/system.ts'
import { systemIdOf } from '../create/ids.ts'
import { hostnameLike } from '../create/names.ts'
import type { Place } from './places.ts'

/** States that only an operation leaves; `repair` goes on with them. */
const underWay: ReadonlySet<SystemState> = new Set([
  'creating',
  'starting',
  'provisioning',
  'stopping',
  'destroying',
  'broken',
])

/** What changes all the time, and what is the store's own: never taken from what was written at a machine. */
const own: ReadonlySet<string> = new Set([
  'id',
  'provider',
  'node',
  'ref',
  'state',
  'stage',
  'problem',
  'revision',
  'createdAt',
  'updatedAt',
])

/** The fields of what is told that a system can have. It was written at a machine, where anybody may have changed it. */
export function understood(told: Found['told']): Partial<System> {
  const fields = Object.entries(systemSchema.shape).flatMap(([key, schema]) => {
    const value = told?.[key as keyof System]
    const parsed = value === undefined ? undefined : schema.safeParse(value)
    return parsed?.success ? [[key, parsed.data] as const] : []
  })
  return Object.fromEntries(fields)
}

/** The record of a machine that the store doesn't have, for the id that it gets. */
export function recordOf(found: Found, place: Place, id: string): NewSystem {
  const told = understood(found.told)
  const { description = '', tags = [], volumes = [], hostname } = told
  const kept = Object.fromEntries(Object.entries(told).filter(([key]) => !own.has(key)))
  return {
    ...kept,
    ...factsOf(found, place),
    hostname: hostname ?? (hostnameLike(found.label) || id),
    description,
    tags,
    volumes,
    id,
    provider: place.provider,
    state: found.state,
  }
}

/** The id of a machine that tells none that could be its own. */
export function idOfFound(found: Found, { provider, node }: Place): string {
  return systemIdOf([provider, found.node ?? node ?? null, found.ref])
}

/** What a listing says of a system that the store has. What its provider's configuration describes is taken over. */
export function changeOf(system: System, found: Found, place: Place, described: boolean): SystemChange {
  if (underWay.has(system.state)) return {}
  const told = described ? understood(found.told) : {}
  const { domain, os, user, key, description, tags } = told
  const said = described ? defined({ domain, os, user, key, description, tags }) : {}
  return { ...said, ...factsOf(found, place), ...standingOf(system, found) }
}

/** How a system stands now. What an operation left half done stays so, and a running one keeps its last address. */
export function standingOf(
  system: System,
  { state, address, port }: Pick<Found, 'state' | 'address' | 'port'>,
): SystemChange {
  if (underWay.has(system.state)) return {}
  if (address !== undefined) return { state, address, port }
  return state === 'running' || state === 'unknown' ? { state } : { state, address, port: undefined }
}

/** What a listing says that a system can have: a machine of 32 MiB that somebody made so is none of our sizes. */
function factsOf(found: Found, place: Place): SystemChange {
  const { ref, cpu, ram, disk, address, port } = found
  return understood({ ref, cpu, ram, disk, address, port, node: found.node ?? place.node } as Partial<System>)
}
