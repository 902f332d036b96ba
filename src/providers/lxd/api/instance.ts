import * as z from 'zod'
import { reachable } from '../../../core/systems/reachable.ts'

const text = z.record(z.string(), z.string())

const snapshotSchema = z.object({
  name: z.string(),
  created_at: z.string(),
  stateful: z.boolean().default(false),
})

const addressSchema = z.object({
  family: z.string(),
  address: z.string(),
  scope: z.string().default(''),
})

/** What an instance is doing and by which addresses it is on its networks. */
export const stateSchema = z.object({
  status: z.string(),
  network: z
    .record(
      z.string(),
      z.object({ hwaddr: z.string().default(''), addresses: z.array(addressSchema).nullish() }),
    )
    .nullish(),
  pid: z.int().default(0),
})

/** A container, or a virtual machine of the same server. */
export const instanceSchema = z.object({
  name: z.string(),
  type: z.enum(['container', 'virtual-machine']).default('container'),
  status: z.string(),
  description: z.string().default(''),
  architecture: z.string().default(''),
  created_at: z.string().default(''),
  profiles: z.array(z.string()).nullish(),
  /** What was set on it, and all with what its profiles set. */
  config: text,
  devices: z.record(z.string(), text).nullish(),
  expanded_config: text.nullish(),
  expanded_devices: z.record(z.string(), text).nullish(),
  ephemeral: z.boolean().default(false),
  /** Only where it was asked for with the instance. */
  state: stateSchema.nullish(),
  snapshots: z.array(snapshotSchema).nullish(),
})

export { snapshotSchema }

export type Instance = z.output<typeof instanceSchema>
export type InstanceState = z.output<typeof stateSchema>
export type Snapshot = z.output<typeof snapshotSchema>
export type Devices = Readonly<Record<string, Readonly<Record<string, string>>>>

/**
 * The address by which an instance is reached from its network: IPv4 before IPv6, never one of its loopback or one
 * that is valid on its link alone, whatever it claims, and of several interfaces the first by name.
 *
 * @example
 * addressOf({ status: 'Running', pid: 1, network: { eth0: { hwaddr: '', addresses: [{ family: 'inet', address: '10.0.0.5', scope: 'global' }] } } })
 */
export function addressOf(state: InstanceState): string | undefined {
  const addresses = Object.entries(state.network ?? {})
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([, { addresses }]) => addresses ?? [])
    .filter(({ scope, address }) => scope === 'global' && reachable(address))
  return (
    addresses.find(({ family }) => family === 'inet') ?? addresses.find(({ family }) => family === 'inet6')
  )?.address
}
