import { ownValue } from '../../core/own-value.ts'
import type { Found, Placed, Status } from '../../core/systems/provider.ts'
import { readTold } from '../../core/systems/told.ts'
import { addressOf, type Instance, type InstanceState } from './api/instance.ts'
import { rootOf } from './disks.ts'
import { marks } from './marks.ts'
import { gib, mib, readSize } from './sizes.ts'

const states: Readonly<Record<string, Status['state']>> = {
  running: 'running',
  ready: 'running',
  stopped: 'stopped',
  frozen: 'paused',
}

/** How an instance stands, in our words. */
export function statusOf(state: InstanceState): Status {
  const detail = state.status.toLowerCase()
  const known = ownValue(states, detail) ?? 'unknown'
  if (known !== 'running') return { state: known, detail }
  const address = addressOf(state)
  return address === undefined
    ? { state: known, detail, addressFrom: `no address yet; ${cards(state)}` }
    : { state: known, detail, address, addressFrom: "the container's own network cards" }
}

function cards({ network }: InstanceState): string {
  const names = Object.keys(network ?? {}).filter(name => name !== 'lo')
  return names.length === 0 ? 'it has no network card' : `${names.join(', ')} has none`
}

/** What is known of an instance: how it stands and what it may use. */
export function placedOf(instance: Instance, state: InstanceState): Placed {
  const config = instance.expanded_config ?? instance.config
  const root = rootOf(instance.expanded_devices ?? instance.devices ?? {})
  const cpu = config['limits.cpu']
  return {
    ...statusOf(state),
    ref: instance.name,
    // A list or a range of processors is no number of them.
    cpu: cpu !== undefined && /^\d+$/.test(cpu) ? Number(cpu) : undefined,
    ram: readSize(config['limits.memory'], mib),
    disk: readSize(root?.size, gib),
  }
}

/** What `list` tells of an instance. */
export function foundOf(node: string, instance: Instance): Found {
  const state = instance.state ?? { status: instance.status, pid: 0 }
  return {
    ...placedOf(instance, state),
    node,
    label: instance.name,
    told: readTold(instance.config[marks.told]),
  }
}
