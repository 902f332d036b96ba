import { WireError, type WireReply } from '../wire.ts'
import { answer, fits, paged, tagSet } from './query.ts'
import type { FakeInstance, World } from './world.ts'

const codes = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const

const after: Partial<Record<FakeInstance['state'], FakeInstance['state']>> = {
  pending: 'running',
  stopping: 'stopped',
  'shutting-down': 'terminated',
}

export function instanceXml(one: FakeInstance) {
  const up = one.state === 'running'
  const there = one.state !== 'terminated'
  return {
    instanceId: one.id,
    imageId: one.image,
    instanceState: { code: codes[one.state], name: one.state },
    instanceType: one.type,
    instanceLifecycle: one.spot ? 'spot' : undefined,
    clientToken: one.token,
    launchTime: new Date(one.launched + one.number).toISOString(),
    placement: { availabilityZone: one.zone, tenancy: 'default' },
    privateIpAddress: there ? `172.31.0.${one.number % 250}` : undefined,
    ipAddress: up ? `198.51.100.${one.number % 250}` : undefined,
    stateReason: one.reason === undefined ? undefined : { code: one.reason, message: one.reason },
    cpuOptions: { coreCount: 1, threadsPerCore: 2 },
    blockDeviceMapping: there
      ? one.devices.map(({ device, volume, delete: deleteOnTermination }) => ({
          deviceName: device,
          ebs: { volumeId: volume, status: 'attached', deleteOnTermination },
        }))
      : [],
    tagSet: tagSet(one.tags),
  }
}

export function describeInstances(world: World, asked: any): WireReply {
  const ids: string[] | undefined = asked.InstanceId
  if (ids !== undefined && asked.MaxResults !== undefined)
    throw new WireError(
      'InvalidParameterCombination',
      'The parameter instancesSet cannot be used with the parameter maxResults',
    )
  const wanted = ids === undefined ? [...world.instances.values()] : ids.map(id => known(world, id))
  const seen = wanted.filter(one => fits(asked.Filter, name => fieldOf(one, name)) && !hides(one))
  if (ids !== undefined && seen.length < wanted.length && asked.Filter === undefined)
    throw notFound(ids.join(', '))
  const { page, nextToken } = paged(seen, asked, world.pageSize)
  const items = page.map(one => ({ reservationId: 'r-1', instancesSet: [instanceXml(one)] }))
  for (const one of page) move(world, one)
  return answer('DescribeInstances', { reservationSet: items, nextToken })
}

/** Every look brings an instance nearer to its next state. */
function move(world: World, one: FakeInstance): void {
  const next = after[one.state]
  if (next === undefined || (one.state === 'stopping' && world.stubborn.has(one.id))) return
  if (--one.left > 0) return
  one.state = next
  if (next === 'terminated') endDisks(world, one)
}

function endDisks(world: World, one: FakeInstance): void {
  for (const { volume, delete: goes } of one.devices) {
    if (goes) world.volumes.delete(volume)
    else world.volumes.get(volume)!.state = 'available'
  }
}

function hides(one: FakeInstance): boolean {
  return one.hidden > 0 && one.hidden-- > 0
}

function fieldOf(one: FakeInstance, name: string): string | undefined {
  if (name.startsWith('tag:')) return one.tags.get(name.slice(4))
  if (name === 'instance-state-name') return one.state
  if (name === 'client-token') return one.token
  throw new WireError('InvalidParameterValue', `The filter '${name}' is invalid`)
}

function notFound(id: string): WireError {
  return new WireError('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`)
}

function known(world: World, id: string): FakeInstance {
  if (!/^i-[0-9a-f]{8,17}$/.test(id))
    throw new WireError('InvalidInstanceID.Malformed', `Invalid id: "${id}"`)
  const found = world.instances.get(id)
  if (found === undefined) throw notFound(id)
  return found
}

function shownOnly(world: World, id: string): FakeInstance {
  const one = known(world, id)
  if (hides(one)) throw notFound(id)
  return one
}

function incorrect(one: FakeInstance): WireError {
  return new WireError(
    'IncorrectInstanceState',
    `The instance '${one.id}' is not in a state from which it can be changed: it is ${one.state}.`,
  )
}

/** An action on instances: what it does to each, and what is answered. */
export function act(world: World, asked: any, how: (one: FakeInstance) => void): WireReply {
  const all = (asked.InstanceId as string[]).map(id => shownOnly(world, id))
  const before = all.map(one => one.state)
  for (const one of all) how(one)
  return answer(asked.Action, {
    return: true,
    instancesSet: all.map((one, index) => ({
      instanceId: one.id,
      previousState: { code: codes[before[index]!], name: before[index] },
      currentState: { code: codes[one.state], name: one.state },
    })),
  })
}

export function start(world: World, one: FakeInstance): void {
  if (one.state === 'running' || one.state === 'pending') return
  if (one.state !== 'stopped') throw incorrect(one)
  const full = world.full.get(one.type)
  if (full !== undefined) throw full
  one.state = 'pending'
  one.left = world.looks
}

export function stop(world: World, one: FakeInstance, { Force, SkipOsShutdown }: any): void {
  if (one.spot)
    throw new WireError(
      'UnsupportedOperation',
      `You can't stop the Spot Instance '${one.id}' because it is associated with a one-time Spot Instance request.`,
    )
  if (Force === 'true' || SkipOsShutdown === 'true') world.stubborn.delete(one.id)
  if (one.state === 'stopped' || one.state === 'stopping') return
  if (one.state !== 'running') throw incorrect(one)
  one.state = 'stopping'
  one.left = world.looks
}

export function terminate(world: World, one: FakeInstance): void {
  if (world.protected.has(one.id))
    throw new WireError(
      'OperationNotPermitted',
      `The instance '${one.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    )
  if (one.state === 'terminated' || one.state === 'shutting-down') return
  one.state = 'shutting-down'
  one.reason = 'Client.UserInitiatedShutdown'
  one.left = world.looks
}

export function reboot(one: FakeInstance): void {
  if (one.state !== 'running') throw incorrect(one)
}
