import type { FirstLogin, Placed } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { CallOptions } from './api/client.ts'
import type { Devices, Instance } from './api/instance.ts'
import { changeInstance, createInstance, readInstance } from './api/instances.ts'
import { type Defaults, devicesOf, readDefaults, volumesOf } from './disks.ts'
import { findInstance, place } from './find.ts'
import { findImage } from './image.ts'
import { marks } from './marks.ts'
import type { Desk } from './node.ts'
import { removeInstance, settle } from './remove.ts'
import { orTakeBack, type Undo } from './rollback.ts'
import { settingsOf } from './settings.ts'
import { makeVolume } from './volumes.ts'

/** Makes a system's container, stopped, out of its image. */
export async function create(desk: Desk, system: System, login: FirstLogin): Promise<Placed> {
  const there = await findWhole(desk, system)
  if (there !== undefined) return place(desk, there)
  const [source, defaults] = await Promise.all([findImage(desk, system.os), readDefaults(desk)])
  const config = settingsOf(system, login)
  return orTakeBack(desk, async undo => {
    for (const volume of volumesOf(system, defaults.pool)) await makeVolume(desk, system, volume, undo)
    return build(desk, system, config, defaults, undo, (made, options) =>
      createInstance(desk.client, { ...made, source }, options),
    )
  })
}

/** What is given to whatever makes the instance. */
interface Made {
  readonly name: string
  readonly description: string
  readonly config: Readonly<Record<string, string>>
  readonly devices: Devices
}

/** Makes the instance by `make`, and says on it when it is whole. */
export async function build(
  desk: Desk,
  system: System,
  config: Readonly<Record<string, string>>,
  defaults: Defaults,
  undo: Undo,
  make: (made: Made, options: CallOptions) => Promise<void>,
): Promise<Placed> {
  const { client, job, node, options } = desk
  const { hostname, id, description } = system
  job.stage('creating the container')
  undo.add(`the container ${hostname} on ${node}`, (client, options) =>
    removeInstance(client, hostname, { id, attempt: undo.attempt }, options),
  )
  await make(
    {
      name: hostname,
      description,
      config: { ...config, [marks.making]: undo.attempt },
      devices: devicesOf(system, defaults),
    },
    {
      ...options(),
      onProgress: ({ stage, percent }) => {
        if (percent !== undefined) job.stage(`creating the container: ${stage} ${percent}%`)
      },
    },
  )
  const placed = await place(desk, hostname)
  await changeInstance(client, hostname, { config: { [marks.making]: null } }, options())
  return placed
}

/**
 * The name of a system's instance that was made before, if it was made whole. What was left in the middle, by a process
 * that died or a server that did, is taken away. Throws `SystemTrouble` when its name is another's.
 */
export async function findWhole(desk: Desk, system: System): Promise<string | undefined> {
  const { client, node, job, options } = desk
  job.stage('looking for it')
  const found = await findInstance(desk, system)
  if (found) {
    if (isWhole(found)) return found.name
    // Who began it may be at it still.
    job.stage('waiting for what was begun')
    await settle(client, found.name, options())
    const settled = (await readInstance(client, found.name, options()))?.value
    if (settled && isWhole(settled)) return settled.name
    job.stage('taking away what was left half made')
    await removeInstance(client, found.name, system, options())
    return undefined
  }
  const other = await readInstance(client, system.hostname, options())
  if (other === undefined) return undefined
  throw new SystemTrouble(
    'exception',
    `${node} has another instance named ${system.hostname}; choose another hostname, or rename or delete that one`,
  )
}

function isWhole({ config }: Instance): boolean {
  return config[marks.making] === undefined
}
