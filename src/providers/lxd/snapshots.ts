import type { Placed, SnapshotInfo } from '../../core/systems/provider.ts'
import type { System } from '../../core/systems/system.ts'
import { isTrouble } from './api/errors.ts'
import { createSnapshot, listSnapshots, restoreSnapshot } from './api/snapshots.ts'
import { mustFind, place } from './find.ts'
import type { Desk } from './node.ts'

/** Keeps a container as it is under a name; one that is kept under it already is found done. */
export async function snapshot(desk: Desk, system: System, name: string): Promise<void> {
  const { client, job, options } = desk
  const instance = await mustFind(desk, system)
  sayWhatIsNotKept(desk, system)
  job.stage(`taking the snapshot ${name}`)
  try {
    await createSnapshot(client, instance.name, name, options())
  } catch (error) {
    if (!isTrouble(error, 'exists')) throw error
  }
}

/** Makes a container what it was; one that runs is stopped and started for it. */
export async function revert(desk: Desk, system: System, name: string): Promise<Placed> {
  const { client, job, options } = desk
  const instance = await mustFind(desk, system)
  sayWhatIsNotKept(desk, system)
  job.stage(`reverting to ${name}`)
  await restoreSnapshot(client, instance.name, name, options())
  // Its limits were part of what was kept.
  return place(desk, instance.name)
}

/** The snapshots of a container: its disk and its configuration, never what it had in memory. */
export async function snapshots(desk: Desk, system: System): Promise<SnapshotInfo[]> {
  const { client, options } = desk
  const instance = await mustFind(desk, system)
  const listed = await listSnapshots(client, instance.name, options())
  return listed.map(({ name, created_at, stateful }) => ({
    name,
    at: Date.parse(created_at) || 0,
    running: stateful,
  }))
}

function sayWhatIsNotKept({ job }: Desk, { volumes, hostname }: System): void {
  if (volumes.length === 0) return
  job.warn(`a container's snapshot has no volumes: those of ${hostname} stay as they are`)
}
