import { AwsBusy } from '../../core/aws-errors/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { UnreadableSystem } from '../../core/systems/store.ts'
import type { Turns } from '../systems/tables.ts'
import { mostActions, mostBytes } from './action.ts'
import { actionsOf } from './actions.ts'
import { resolveImport } from './import/resolve.ts'
import { writeImport } from './import/write.ts'
import { bytesOf } from './item.ts'
import { histories, records } from './keys.ts'
import { newStamp, type Table } from './table.ts'
import { Far, type Near, openNear, openTurn, Stale, type Turn } from './turn.ts'

/** Times that work is begun anew because others were quicker. */
const tries = 20

export interface WorkParts {
  readonly table: Table
  readonly clock: Clock
  readonly pause: (tried: number) => Promise<void>
  readonly onUnreadable: (error: UnreadableSystem) => void
  /** Resolves once what others broke off is put right. */
  readonly ready: () => Promise<void>
}

/**
 * Does work that wants everything near by on a table that is far away. The work is run; where it asks for what was not
 * read, that is read and the work begins anew, until it comes to its end over what is near. Only then what it changed is
 * written, all at once and on the condition that what it went by is still so; otherwise it begins from nothing. Work has
 * no effects of its own, so nobody sees how often that was. It reads before it writes, as all of the store's work does.
 */
export function openWork(parts: WorkParts): {
  readonly turns: Turns
  /** The run that is under way: work never waits, so there is one at most. */
  now(): Turn
} {
  let current: Turn | undefined
  const under = new Set<Promise<unknown>>()

  const run = <T>(turn: Turn, work: () => T): T => {
    current = turn
    try {
      return work()
    } finally {
      current = undefined
    }
  }

  /** Runs work until everything that it asks for is near. */
  const settle = async <T>(writing: boolean, work: () => T): Promise<{ turn: Turn; value: T }> => {
    const near = openNear()
    for (;;) {
      const turn = openTurn(writing, near)
      try {
        return { turn, value: run(turn, work) }
      } catch (thrown) {
        if (!(thrown instanceof Far)) throw thrown
        await thrown.fetch(parts.table, near)
      }
    }
  }

  const take = async <T>(writing: boolean, work: () => T): Promise<T> => {
    await parts.ready()
    for (let tried = 1; tried <= tries; tried++) {
      try {
        const { turn, value } = await settle(writing, work)
        if (!writing || (await write(parts, turn)) === 'done') {
          turn.heard.forEach(parts.onUnreadable)
          return value
        }
      } catch (thrown) {
        if (!(thrown instanceof Stale)) throw thrown
        if (thrown.left !== undefined) await resolveImport(parts, thrown.left)
      }
      await parts.pause(tried)
    }
    throw new AwsBusy(
      `others went on changing the same in the table up to the last of ${tries} tries: try again in a moment; an import that was broken off is put right after five minutes`,
    )
  }

  const follow = <T>(work: Promise<T>): Promise<T> => {
    under.add(work)
    const over = () => under.delete(work)
    work.then(over, over)
    return work
  }

  return {
    turns: {
      read: work => follow(take(false, work)),
      write: work => follow(take(true, work)),
      flush: async () => void (await Promise.allSettled(under)),
    },
    now: () => {
      if (current === undefined) throw new TypeError('tables are asked outside of work')
      return current
    },
  }
}

async function write(parts: WorkParts, turn: Turn): Promise<'done' | 'conflict'> {
  const bySystem = actionsOf(turn, parts.clock.now())
  const actions = [...bySystem.values()].flat()
  if (actions.length === 0) return (await isOneMoment(parts.table, turn.near)) ? 'done' : 'conflict'
  const bytes = actions.reduce((sum, one) => sum + (one.do === 'put' ? bytesOf(one.item) : 0), 0)
  if (actions.length <= mostActions && bytes <= mostBytes) return parts.table.write(actions, newStamp())
  return writeImport(parts, turn, bySystem)
}

/**
 * Whether everything that was read was so at one moment: then it is all the same when it is read once more. Every write
 * leaves another stamp, and so nothing was changed and changed back.
 */
async function isOneMoment(table: Table, near: Near): Promise<boolean> {
  const both = [records, histories]
  if (!both.every(pk => near.whole.has(pk))) return true
  const again = await Promise.all(both.map(pk => table.query({ pk, stamps: true })))
  return both.every((pk, index) => {
    const before = near.lists.get(JSON.stringify({ pk })) ?? []
    const after = again[index]!
    return (
      before.length === after.length &&
      before.every((item, at) => item.sk === after[at]?.sk && item.stamp === after[at]?.stamp)
    )
  })
}
