import { ModifyInstanceAttributeCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import type { FirstLogin, Placed } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import { openUndo } from '../undo.ts'
import { check, volumeDevices } from './check.ts'
import type { Desk } from './desk.ts'
import { codeOf } from './errors.ts'
import { allOf, byId, shown } from './find.ts'
import { imageOf } from './image.ts'
import { launchData } from './launch/data.ts'
import { launchFleet } from './launch/fleet.ts'
import { poolsOf } from './launch/pools.ts'
import { launchSingle } from './launch/single.ts'
import { placedOf } from './placed.ts'

/** Milliseconds for taking back what was launched, whatever has become of the job. */
const takingBack = 10_000
/** Milliseconds between two tries to take back what EC2 does not know yet. */
const knowing = 500

/**
 * Launches a system's instance and answers once EC2 has accepted it: it runs from then on. One that is there already is the
 * answer. One pool takes RunInstances, which needs nothing besides; of several, a fleet finds the one that has room.
 */
export async function create(desk: Desk, system: System, login: FirstLogin): Promise<Placed> {
  const { settings } = desk
  const { ec2 } = system
  const problems = check(settings, { ...system, count: 1 })
  if (ec2 === undefined || problems.length > 0) throw new SystemTrouble('refused', problems.join('; '))
  const pools = poolsOf(ec2, imageOf(system, settings), settings)
  const data = await launchData(desk, system, login, pools[0]!.image)
  const [there] = await allOf(desk, system)
  if (there !== undefined) return placedOf(there, settings.ec2.reach)
  const undo = openUndo()
  try {
    const wanted = { ...system, ec2 }
    const id =
      pools.length === 1
        ? await launchSingle(desk, wanted, pools[0]!, data)
        : await launchFleet(desk, wanted, pools, data)
    undo.add(`the instance ${id}`, () => takeBack(desk.afterwards(takingBack), system, id))
    return await settled(desk, id)
  } catch (error) {
    throw withLeft(error, await undo.takeBack())
  }
}

/** Waits until EC2 shows what it has launched: until then it would deny it to whoever asks next. */
async function settled(desk: Desk, id: string): Promise<Placed> {
  const { job, settings } = desk
  job.stage(`waiting until EC2 shows ${id}`)
  // No pause is needed where it is shown at once, so that a cancelled job would not be noticed.
  if (job.signal.aborted) throw new SystemTrouble('cancelled', 'stopped when it was cancelled')
  try {
    const instance = await shown(desk, () => byId(desk, id))
    if (instance !== undefined) return placedOf(instance, settings.ec2.reach)
  } catch (error) {
    // It was accepted; whoever asks next has the time to hear of it.
    if (!(error instanceof SystemTrouble) || error.code !== 'timeout') throw error
  }
  job.warn(`EC2 has accepted ${id} and does not show it yet`)
  return { ref: id, state: 'unknown', detail: 'accepted, and not shown yet' }
}

async function takeBack(desk: Desk, { volumes }: System, id: string): Promise<void> {
  // What is kept of a system that was never used would be an empty disk that nobody knows of.
  const kept = volumes.flatMap(({ keep }, index) => (keep ? [volumeDevices[index]!] : []))
  if (kept.length > 0)
    await onceKnown(desk, () =>
      desk.ask('letting its volumes go', (client, options) =>
        client.send(
          new ModifyInstanceAttributeCommand({
            InstanceId: id,
            BlockDeviceMappings: kept.map(DeviceName => ({ DeviceName, Ebs: { DeleteOnTermination: true } })),
          }),
          options,
        ),
      ),
    )
  await onceKnown(desk, () =>
    desk.ask(`terminating ${id}`, (client, options) =>
      client.send(new TerminateInstancesCommand({ InstanceIds: [id] }), options),
    ),
  )
}

/** Asks again while EC2 does not know yet of what it has just launched: it would run, and cost, where that is given up. */
async function onceKnown(desk: Desk, ask: () => Promise<unknown>): Promise<void> {
  const { clock, deadline } = desk.job
  for (;;) {
    try {
      return void (await ask())
    } catch (error) {
      if (codeOf(error) !== 'InvalidInstanceID.NotFound' || clock.now() + knowing >= deadline) throw error
      await desk.pause(knowing * (0.5 + Math.random() / 2))
    }
  }
}

function withLeft(
  error: unknown,
  stays: readonly { readonly what: string; readonly cause: unknown }[],
): unknown {
  if (stays.length === 0) return error
  const left = stays.map(({ what, cause }) => `${what} (${cause instanceof Error ? cause.message : cause})`)
  const { code, message, detail } =
    error instanceof SystemTrouble
      ? error
      : ({ code: 'exception', message: String(error), detail: {} } as const)
  return new SystemTrouble(code, message, { detail: { ...detail }, cause: error, left })
}
