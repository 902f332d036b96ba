import type { Author, ChangeEntry, SystemsDump } from '../../core/systems/store.ts'
import { UnreadableSystem } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { entryOf, mergeHistories, sameSystem } from './history.ts'
import { refuseTaken } from './refusals.ts'
import type { Standing } from './tables.ts'

/** What taking in an export comes to, before anything is done. */
export interface RestorePlan {
  readonly added: readonly System[]
  /** As they will be, under their next revisions. */
  readonly replaced: readonly System[]
  /** As they are in the export: those here stay as they are, or are the same already. */
  readonly kept: readonly System[]
  /** The whole histories of systems whose history becomes another. */
  readonly histories: ReadonlyMap<string, readonly ChangeEntry[]>
}

/** What is here already. */
export interface Here {
  readonly systems: readonly Standing[]
  history(id: string): readonly ChangeEntry[]
}

/**
 * Says what becomes of an export here. A system that is new here comes with its revision and its history; one that is
 * replaced gets a revision that nobody has seen, so that no change that was made from another record fits it. Throws
 * `HostnameTaken`.
 */
export function planRestore(here: Here, dump: SystemsDump, replace: boolean, author: Author): RestorePlan {
  const standing = new Map(here.systems.map(one => [one.id, one]))
  const told = Map.groupBy(dump.history, ({ system }) => system)
  const added: System[] = []
  const replaced: System[] = []
  const kept: System[] = []
  const histories = new Map<string, readonly ChangeEntry[]>()
  const merge = (id: string) => {
    const before = here.history(id)
    const merged = mergeHistories(before, told.get(id) ?? [])
    if (merged.length > before.length) histories.set(id, merged)
    return merged
  }

  for (const system of dump.systems) {
    const old = standing.get(system.id)
    if (old === undefined) {
      added.push(system)
      if (merge(system.id).length === 0) histories.set(system.id, [entryOf(undefined, system, author)])
      continue
    }
    const before = readable(old)
    if (!replace || (before !== undefined && sameSystem(before, system))) {
      kept.push(system)
      continue
    }
    const revision = Math.max(old.revision, system.revision) + 1
    const after = { ...system, revision, updatedAt: author.at }
    replaced.push(after)
    histories.set(system.id, [...merge(system.id), { ...entryOf(before, after, author), kind: 'changed' }])
  }
  const living = new Set([...standing.keys(), ...dump.systems.map(({ id }) => id)])
  for (const id of told.keys()) if (!living.has(id)) merge(id)
  refuseClash(standing, [...added, ...replaced])
  return { added, replaced, kept, histories }
}

/** One that can't be read is replaced all the same: that is the way to put it right. */
function readable(standing: Standing): System | undefined {
  try {
    return standing.read()
  } catch (thrown) {
    if (thrown instanceof UnreadableSystem) return undefined
    throw thrown
  }
}

function refuseClash(standing: ReadonlyMap<string, Standing>, coming: readonly System[]): void {
  const arriving = new Set(coming.map(({ id }) => id))
  const staying = [...standing.values()].filter(({ id }) => !arriving.has(id))
  const holders = new Map(staying.map(one => [one.hostname, one as Pick<System, 'id' | 'hostname'>]))
  for (const system of coming) {
    refuseTaken(system.id, system.hostname, holders.get(system.hostname))
    holders.set(system.hostname, system)
  }
}
