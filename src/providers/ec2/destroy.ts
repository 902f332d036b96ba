import { DescribeVolumesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2'
import type { DestroyOptions } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import type { Desk } from './desk.ts'
import { allOf, find, isYoung, ours, shown } from './find.ts'
import { imageOf } from './image.ts'
import { type Instance, isGone } from './instance.ts'
import { poolsOf } from './launch/pools.ts'
import { removeTemplate } from './launch/template.ts'
import { systemTag } from './tags.ts'
import { watch } from './wait.ts'

/**
 * Terminates every instance of a system, each found by what it carries, and waits until they are gone; their disks go with
 * them but for volumes that are kept, which are answered by their ids. One that was launched a moment ago and that EC2 does
 * not show yet is waited for, so that it is not forgotten.
 */
export async function destroy(
  desk: Desk,
  system: System,
  { graceMs }: DestroyOptions,
): Promise<{ readonly kept: readonly string[] }> {
  const { job, settings } = desk
  const instances = await everyOne(desk, system)
  const standing = instances.filter(instance => !isGone(instance))
  if (standing.length > 0) {
    const ids = standing.map(({ InstanceId }) => InstanceId)
    job.stage(`terminating ${ids.join(', ')}`)
    await desk.ask(`terminating ${ids.join(', ')}`, (client, options) =>
      client.send(
        // Left out, the system is shut down in order before.
        new TerminateInstancesCommand({
          InstanceIds: ids,
          ...(graceMs <= 0 ? { SkipOsShutdown: true } : {}),
        }),
        options,
      ),
    )
  }
  for (const { InstanceId } of instances) await watch(desk, InstanceId, state => state === 'terminated')
  if (system.ec2 && poolsOf(system.ec2, imageOf(system, settings), settings).length > 1)
    await removeTemplate(desk, system)
  return { kept: await keptOf(desk, system, instances) }
}

/** Those that stand, and one that is on its way out. */
async function everyOne(desk: Desk, system: System): Promise<readonly Instance[]> {
  const look = async () => {
    const [all, known] = [await allOf(desk, system), await find(desk, system)]
    const every = known && !all.some(one => one.InstanceId === known.InstanceId) ? [...all, known] : all
    return every.length === 0 ? undefined : every
  }
  return (await (isYoung(desk, system) ? shown(desk, look) : look())) ?? []
}

/** Volumes that outlive a system: as its instance said before it went, and whatever carries its tag after. */
async function keptOf(
  desk: Desk,
  system: System,
  instances: readonly Instance[],
): Promise<readonly string[]> {
  if (!system.volumes.some(({ keep }) => keep)) return []
  const told = instances
    .flatMap(instance => instance.BlockDeviceMappings)
    .flatMap(({ Ebs }) => (Ebs?.DeleteOnTermination === false && Ebs.VolumeId ? [Ebs.VolumeId] : []))
  const { Volumes = [] } = await desk.ask('looking at its volumes', (client, options) =>
    client.send(
      new DescribeVolumesCommand({
        Filters: ours(
          desk,
          { Name: `tag:${systemTag}`, Values: [system.id] },
          { Name: 'status', Values: ['available'] },
        ),
      }),
      options,
    ),
  )
  return [...new Set([...told, ...Volumes.flatMap(({ VolumeId }) => VolumeId ?? [])])].sort()
}
