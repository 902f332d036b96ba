import type { Status } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk, Limits } from './hypervisor.ts'
import { domainUuid, isUuid } from './names.ts'
import { constants, type DomainRef, type Libvirt } from './rpc/index.ts'
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

/** What libvirt's states are to us, and in words. */
const standings: Readonly<
  Record<(typeof constants.domainStates)[number], readonly [Status['state'], string]>
> = {
  nostate: ['unknown', 'no state'],
  running: ['running', 'running'],
  blocked: ['running', 'blocked'],
  paused: ['paused', 'paused'],
  shutdown: ['running', 'shutting down'],
  shutoff: ['stopped', 'shut off'],
  crashed: ['stopped', 'crashed'],
  pmsuspended: ['paused', 'suspended'],
}

/** Libvirt's number of a domain that is off; one that crashed may be there still. */
const off = constants.domainStates.indexOf('shutoff')
const offReasons = ['', '', '', 'crashed', 'migrated', 'saved', 'failed', 'from a snapshot']

/** How a domain stands; one that went meanwhile, as a transient one does when it ends, is `missing`. */
export async function stateOf(desk: Desk, domain: DomainRef): Promise<Pick<Status, 'state' | 'detail'>> {
  const found = await desk.using('asking for its state', (connection, limits) =>
    unlessAbsent(connection.call('domainGetState', { domain }, limits)),
  )
  if (found === undefined) return { state: 'missing', detail: 'gone' }
  const { state, reason } = found
  const name = constants.domainStates[state]
  const [standing, words] = name === undefined ? (['unknown', `state ${state}`] as const) : standings[name]
  const why = state === off ? offReasons[reason] : ''
  return { state: standing, detail: `${words}${why ? ` (${why})` : ''}` }
}

/** Everything that would keep the domain. */
const undefineFlags =
  constants.undefine.managedSave |
  constants.undefine.snapshotsMetadata |
  constants.undefine.nvram |
  constants.undefine.checkpointsMetadata

/** Cuts a domain off if it runs, and forgets its definition. One that is absent is well forgotten. */
export async function undefine(desk: Desk, id: string, ref?: string): Promise<void> {
  const domain = await findDomain(desk, id, ref)
  if (domain === undefined) return
  await cutOff(desk, domain)
  await desk.using('forgetting the domain', async (connection, limits) => {
    await unlessAbsent(connection.call('domainUndefineFlags', { domain, flags: undefineFlags }, limits))
  })
}

/** Ends a domain at once, as pulling the plug does. One that crashed and was kept for a look at it is ended too. */
export function cutOff(desk: Desk, domain: DomainRef): Promise<void> {
  return unlessOff(desk, domain, 'cutting it off', (connection, limits) =>
    connection.call('domainDestroyFlags', { domain, flags: 0 }, limits),
  )
}

/** Libvirt notices a QEMU that ends by its monitor, which may be a moment before it says that the domain is off. */
const looksAtOneThatGoes = 20
/** Milliseconds. */
const betweenLooks = 100

/** Asks something of a running domain, which may be off, or gone, by the time that it is asked. */
export async function unlessOff(
  desk: Desk,
  domain: DomainRef,
  doing: string,
  ask: (connection: Libvirt, limits: Limits) => Promise<unknown>,
): Promise<void> {
  await desk.using(doing, async (connection, limits) => {
    try {
      await unlessAbsent(ask(connection, limits))
    } catch (error) {
      for (let looks = isGoing(error) ? looksAtOneThatGoes : 1; looks > 0; looks--) {
        const found = await unlessAbsent(connection.call('domainGetState', { domain }, limits))
        if (found === undefined || found.state === off) return
        if (looks > 1) await desk.job.clock.sleep(betweenLooks, limits.signal)
      }
      throw error
    }
  })
}

function isGoing(error: unknown): boolean {
  return error instanceof Error && /\bmonitor\b/.test(error.message)
}
