import { StoreClosed } from '../../core/execution-errors.ts'
import { type Criterion, matches } from '../../core/systems/criterion.ts'
import { parseDump } from '../../core/systems/dump.ts'
import { fullName } from '../../core/systems/full-name.ts'
import {
  type Author,
  type SystemLease,
  type SystemStore,
  UnreadableSystem,
} from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { entryOf, sameSystem } from './history.ts'
import { firstRecord, nextRecord } from './records.ts'
import { refuseIntruder, refuseLost, refuseOld, refuseTaken, unknown } from './refusals.ts'
import { planRestore } from './restore.ts'
import type { Standing, SystemTables, Turns } from './tables.ts'

const everything: Criterion = { where: 'all' }

/**
 * A store of systems over tables. Whatever is refused is refused before anything is written. `onUnreadable`
 * hears of each system that a list or a dump had to leave out.
 */
export function storeOver(
  tables: SystemTables,
  turns: Turns,
  onUnreadable: (error: UnreadableSystem) => void,
): SystemStore {
  let closed = false
  const open = () => {
    if (closed) throw new StoreClosed()
  }
  // Async, so that what is refused at once is a rejection as well.
  const read = async <T>(work: () => T): Promise<T> => {
    open()
    return turns.read(work)
  }
  const write = async <T>(work: () => T): Promise<T> => {
    open()
    return turns.write(work)
  }
  const called = (id: string) => tables.system(id)?.hostname ?? id
  const held = (id: string, fence: number) => refuseLost(id, called(id), tables.lease(id), fence)
  /** A system as it stands, which the author may change from this revision on. */
  const standing = (id: string, revision: number, author: Author): System => {
    refuseIntruder(id, called(id), tables.lease(id), author)
    const found = tables.system(id)
    if (found === undefined) throw unknown(id)
    refuseOld(found, revision)
    return found.read()
  }
  const readAll = (standing: readonly Standing[]): System[] =>
    standing.flatMap(one => {
      try {
        return [one.read()]
      } catch (thrown) {
        if (!(thrown instanceof UnreadableSystem)) throw thrown
        onUnreadable(thrown)
        return []
      }
    })

  return {
    add: (system, author) =>
      write(() => {
        const known = tables.system(system.id)
        if (known !== undefined) return known.read()
        refuseIntruder(system.id, system.hostname, tables.lease(system.id), author)
        const first = firstRecord(system, author)
        refuseTaken(first.id, first.hostname, tables.named(first.hostname))
        tables.put(first)
        tables.record(entryOf(undefined, first, author))
        return first
      }),
    get: id => read(() => tables.system(id)?.read()),
    find: name =>
      read(() => {
        const system = tables.named(name.split('.', 1)[0]!)?.read()
        return system && (system.hostname === name || fullName(system) === name) ? system : undefined
      }),
    list: (criterion = everything) =>
      read(() => readAll(tables.systems(criterion)).filter(system => matches(system, criterion))),
    change: (id, revision, change, author) =>
      write(() => {
        const before = standing(id, revision, author)
        const after = nextRecord(before, change, author)
        if (sameSystem(before, after)) return before
        refuseTaken(id, after.hostname, tables.named(after.hostname))
        tables.put(after)
        tables.record(entryOf(before, after, author))
        return after
      }),
    remove: (id, revision, author) =>
      write(() => {
        const before = standing(id, revision, author)
        tables.drop(id)
        tables.record(entryOf(before, undefined, author))
      }),
    history: id => read(() => tables.history(id)),
    acquire: (id, owner, purpose, leaseMs, now) =>
      write(() => {
        const holder = tables.lease(id)
        if (holder !== undefined && holder.until > now) return { lease: holder, taken: false }
        const until = now + leaseMs
        const lease: SystemLease = { owner, purpose, since: now, until, fence: tables.nextFence() }
        tables.grant(id, lease)
        return { lease, taken: true }
      }),
    renew: (id, fence, leaseMs, now) =>
      write(() => {
        const lease = { ...held(id, fence), until: now + leaseMs }
        tables.grant(id, lease)
        return lease
      }),
    release: (id, fence) =>
      write(() => {
        if (tables.lease(id)?.fence === fence) tables.ungrant(id)
      }),
    holder: (id, now) =>
      read(() => {
        const lease = tables.lease(id)
        return lease !== undefined && lease.until > now ? lease : undefined
      }),
    holders: now => read(() => tables.leases(now)),
    // A write that writes nothing: systems and histories are then of one moment.
    dump: now =>
      write(() => ({
        format: 'reops-systems',
        version: 1,
        exportedAt: now,
        systems: readAll(tables.systems(everything)),
        history: tables.history(),
      })),
    async restore(dump, { replace }, author) {
      const parsed = parseDump(dump)
      return write(() => {
        const here = { systems: tables.systems(everything), history: (id: string) => tables.history(id) }
        const { added, replaced, kept, histories } = planRestore(here, parsed, replace, author)
        const alone = { ...author, fence: undefined }
        for (const { id, hostname } of [...added, ...replaced])
          refuseIntruder(id, hostname, tables.lease(id), alone)
        // Two that are replaced may have changed hostnames with each other.
        for (const { id } of replaced) tables.drop(id)
        for (const system of [...added, ...replaced]) tables.put(system)
        for (const [id, history] of histories) tables.rewrite(id, history)
        return { added: added.length, replaced: replaced.length, kept: kept.length }
      })
    },
    async close() {
      closed = true
      await turns.flush()
    },
  }
}
