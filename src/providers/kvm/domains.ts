import type { Status } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk } from './hypervisor.ts'
import { domainUuid, isUuid } from './names.ts'
import type { DomainRef } from './rpc/index.ts'
import { unlessAbsent } from './trouble.ts'

/** The domain of a system: by the UUID that was written down, or by the one that it was made with. */
export function findDomain(desk: Desk, id: string, ref?: string): Promise<DomainRef | undefined> {
  const uuid = ref !== undefined && isUuid(ref) ? ref : domainUuid(id)
  return desk.using('looking for the domain', async (connection, limits) => {
    const found = await unlessAbsent(connection.call('domainLookupByUuid', { uuid }, limits))
    return found?.domain
  })
}

/** The domain, where without one nothing can be done. */
export async function needDomain(desk: Desk, { id, ref, hostname }: System): Promise<DomainRef> {
  const found = await findDomain(desk, id, ref)
  if (found !== undefined) return found
  throw new SystemTrouble(
    'refused',
    `${desk.node} has no domain of ${hostname} any more; reops sync marks it missing, reops repair forgets it or makes it again`,
  )
}

/** Libvirt's numbers of a domain's state, and of the ways to one that a person should know of. */
const states: readonly Status['state'][] = [
  'unknown',
  'running',
  'running',
  'paused',
  'running',
  'stopped',
  'stopped',
  'paused',
]
const words = [
  'no state',
  'running',
  'blocked',
  'paused',
  'shutting down',
  'shut off',
  'crashed',
  'suspended',
]
const offReasons = ['', '', '', 'crashed', 'migrated', 'saved', 'failed', 'from a snapshot']

export async function stateOf(desk: Desk, domain: DomainRef): Promise<Pick<Status, 'state' | 'detail'>> {
  const { state, reason } = await desk.call('domainGetState', { domain }, 'asking for its state')
  const why = state === 5 ? offReasons[reason] : ''
  return {
    state: states[state] ?? 'unknown',
    detail: `${words[state] ?? `state ${state}`}${why ? ` (${why})` : ''}`,
  }
}

/** MANAGED_SAVE, SNAPSHOTS_METADATA, NVRAM and CHECKPOINTS_METADATA: everything that would keep the domain. */
const undefineFlags = 1 | 2 | 4 | 16

/** Cuts a domain off if it runs, and forgets its definition. One that is absent is well forgotten. */
export async function undefine(desk: Desk, id: string, ref?: string): Promise<void> {
  const domain = await findDomain(desk, id, ref)
  if (domain === undefined) return
  await cutOff(desk, domain)
  await desk.using('forgetting the domain', async (connection, limits) => {
    await unlessAbsent(connection.call('domainUndefineFlags', { domain, flags: undefineFlags }, limits))
  })
}

/** Ends a domain at once, as pulling the plug does. */
export async function cutOff(desk: Desk, domain: DomainRef): Promise<void> {
  if ((await stateOf(desk, domain)).state === 'stopped') return
  await desk.using('cutting it off', async (connection, limits) => {
    try {
      await unlessAbsent(connection.call('domainDestroyFlags', { domain, flags: 0 }, limits))
    } catch (error) {
      // It may have ended by itself in between.
      const { state } = await connection.call('domainGetState', { domain }, limits)
      if (state !== 5) throw error
    }
  })
}
