import { RebootInstancesCommand, StartInstancesCommand, StopInstancesCommand } from '@aws-sdk/client-ec2'
import type { StopOptions } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk } from './desk.ts'
import { mustFind } from './find.ts'
import type { Instance } from './instance.ts'
import { called } from './placed.ts'
import { watch } from './wait.ts'

/** Milliseconds in which an instance that is told to reboot goes down; EC2 does not say when it does. */
const goingDown = 8_000

/** Starts an instance; answers once EC2 has accepted it. */
export async function start(desk: Desk, system: System): Promise<void> {
  const instance = await mustFind(desk, system)
  const id = instance.InstanceId
  if (isUp(instance.State.Name)) return
  if (instance.State.Name === 'stopping') {
    desk.job.stage(`waiting until ${id} has stopped`)
    await watch(desk, id, state => state !== 'stopping')
  }
  desk.job.stage(`starting ${id}`)
  await desk.ask(`starting ${called(system, instance)}`, (client, options) =>
    client.send(new StartInstancesCommand({ InstanceIds: [id] }), options),
  )
}

/** Stops an instance in order; when the grace is over, it is cut off only if that was asked for. */
export async function stop(desk: Desk, system: System, { graceMs, force }: StopOptions): Promise<void> {
  const { job } = desk
  const instance = await mustFind(desk, system)
  const id = instance.InstanceId
  if (instance.State.Name === 'stopped') return
  refuseSpot(system, instance)
  if (instance.State.Name === 'pending') {
    job.stage(`waiting until ${id} has started`)
    await watch(desk, id, state => state !== 'pending')
  }
  const send = (how: { readonly SkipOsShutdown?: true; readonly Force?: true }) =>
    desk.ask(`stopping ${called(system, instance)}`, (client, options) =>
      client.send(new StopInstancesCommand({ InstanceIds: [id], ...how }), options),
    )
  const atOnce = force && graceMs <= 0
  job.stage(atOnce ? `cutting ${id} off` : `stopping ${id}`)
  // One that is stopping is only waited for; asking again does no harm and says how it shall be done.
  await send(atOnce ? { SkipOsShutdown: true } : {})
  const isOver = (state: string) => state !== 'stopping' && state !== 'running'
  const graceEnd = job.clock.now() + graceMs
  let last = await watch(desk, id, isOver, atOnce ? undefined : graceEnd)
  if (!isOver(last.State.Name) && force) {
    job.stage(`cutting ${id} off`)
    await send({ Force: true })
    last = await watch(desk, id, isOver)
  }
  if (last.State.Name === 'stopped') return
  throw notStopped(called(system, instance), last, graceMs)
}

/** Reboots an instance. EC2 cuts off what has not gone down by itself after some minutes. */
export async function restart(desk: Desk, system: System): Promise<void> {
  const { job } = desk
  const instance = await mustFind(desk, system)
  if (!isUp(instance.State.Name)) return start(desk, system)
  if (instance.State.Name === 'pending') return
  job.stage(`rebooting ${instance.InstanceId}`)
  await desk.ask(`rebooting ${called(system, instance)}`, (client, options) =>
    client.send(new RebootInstancesCommand({ InstanceIds: [instance.InstanceId] }), options),
  )
  // Whoever looks too early finds it up, as it was before.
  await desk.pause(goingDown)
}

function isUp(state: string): boolean {
  return state === 'running' || state === 'pending'
}

/** Spot capacity is asked for once: EC2 ends such an instance, and can't stop it. */
function refuseSpot(system: System, instance: Instance): void {
  if (instance.InstanceLifecycle !== 'spot') return
  throw new SystemTrouble(
    'refused',
    `${called(system, instance)} is a spot instance, which EC2 can't stop: destroy it and create another, or take it on demand`,
  )
}

function notStopped(who: string, { State }: Pick<Instance, 'State'>, graceMs: number): SystemTrouble {
  if (State.Name !== 'stopping' && State.Name !== 'running')
    return new SystemTrouble('exception', `${who} is ${State.Name} and not stopped; run sync to see why`)
  return new SystemTrouble(
    'timeout',
    `${who} did not stop within ${Math.round(graceMs / 1_000)} s and is ${State.Name}; give it longer, or force it`,
    { detail: { state: State.Name } },
  )
}
