import { defined } from '../../core/defined.ts'
import { fullName } from '../../core/systems/full-name.ts'
import { hostname } from '../../core/systems/parts.ts'
import type { Found, Placed, Status } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import type { Ec2Settings } from './desk.ts'
import { type Instance, isGone } from './instance.ts'
import { readToldTags, systemTag } from './tags.ts'

type Reach = Ec2Settings['ec2']['reach']

/**
 * How an instance stands, in our words. One that is `pending` counts as running: it is on its way and nothing has to be
 * done for it. One that is `stopping` is neither yet.
 */
export function statusOf(instance: Instance, reach: Reach): Status {
  const { State, StateReason } = instance
  const reason = StateReason?.Code === undefined ? '' : ` (${StateReason.Code})`
  if (isGone(instance)) return { state: 'missing', detail: `${State.Name}${reason}` }
  if (State.Name === 'stopped') return { state: 'stopped', detail: `stopped${reason}` }
  if (State.Name !== 'running' && State.Name !== 'pending') return { state: 'unknown', detail: State.Name }
  return { state: 'running', detail: State.Name, ...addressOf(instance, reach) }
}

/** Where it is reached: Run Command knows instances by their ids. */
function addressOf(
  { InstanceId, PublicIpAddress, PrivateIpAddress }: Instance,
  reach: Reach,
): Pick<Status, 'address' | 'addressFrom'> {
  if (reach === 'ssm') return { address: InstanceId, addressFrom: 'its id, for Run Command' }
  const address = reach === 'ssh' ? PublicIpAddress : PrivateIpAddress
  const which = reach === 'ssh' ? 'public' : 'private'
  return address === undefined
    ? {
        addressFrom: `it has no ${which} address yet${reach === 'ssh' ? '; a subnet that gives none never does: set aws.ec2.reach to ssm or ssh-private' : ''}`,
      }
    : { address, addressFrom: `its ${which} address` }
}

/** What is known of an instance: how it stands and what it has. */
export function placedOf(instance: Instance, reach: Reach): Placed {
  const { InstanceId, CpuOptions } = instance
  const cores = CpuOptions?.CoreCount
  const cpu = cores === undefined ? undefined : cores * (CpuOptions?.ThreadsPerCore ?? 1)
  return { ref: InstanceId, ...statusOf(instance, reach), ...defined({ cpu }) }
}

/** An instance as a listing has it, with what we wrote there when it was made. */
export function foundOf(instance: Instance, reach: Reach): Found {
  const { tags, InstanceId } = instance
  const label = tags.get('Name') || InstanceId
  const told: Partial<System> = readToldTags(tags) ?? {}
  const id = tags.get(systemTag)
  const name = hostname.safeParse(label.split('.')[0]).data
  // What an instance carries as its system's tag is what all our verbs go by, whatever else is told.
  const known = { ...defined({ hostname: name }), ...told, ...defined({ id }) }
  return { ...placedOf(instance, reach), label, ...(id === undefined ? {} : { told: known }) }
}

/** How one is called in a sentence. */
export function called(system: Pick<System, 'hostname' | 'domain'>, { InstanceId }: Instance): string {
  return `${fullName(system)} (${InstanceId})`
}
