import {
  type CloudRecord,
  type CloudWatchStore,
  cloudRecordSchema,
} from '../../src/core/watches/cloud/record.ts'
import type { KeptDecision } from '../../src/core/watches/state.ts'

export interface CloudWatchesFake extends CloudWatchStore {
  /** What is remembered now, as text. */
  readonly states: Map<string, string>
  record(watch: string): CloudRecord | undefined
}

/**
 * What the table does, in memory: all or nothing, on the condition that nobody wrote meanwhile. `gate` is waited for before
 * each call, so that a test says in which order calls that are made at once come to pass.
 */
export function cloudWatches(gate: () => Promise<void> = async () => {}): CloudWatchesFake {
  const states = new Map<string, string>()
  const revisions = new Map<string, number>()
  const log = new Map<string, KeptDecision[]>()
  const of = (watch: string) => log.get(watch) ?? log.set(watch, []).get(watch)!
  const parsed = (text: string) => cloudRecordSchema.parse(JSON.parse(text))
  return {
    states,
    record(watch) {
      const text = states.get(watch)
      return text === undefined ? undefined : parsed(text)
    },
    async read(watch) {
      await gate()
      const text = states.get(watch)
      if (text === undefined) return undefined
      const revision = String(revisions.get(watch))
      try {
        return { record: parsed(text), revision }
      } catch {
        return { unreadable: 'it is no record', revision }
      }
    },
    async write(watch, record, revision, { decision, settled = [] } = {}) {
      await gate()
      const text = JSON.stringify(record)
      const now = revisions.get(watch)
      if (revision !== (now === undefined ? undefined : String(now))) return 'conflict'
      states.set(watch, text)
      revisions.set(watch, (now ?? 0) + 1)
      if (decision !== undefined) of(watch).push(JSON.parse(JSON.stringify(decision)))
      const decisions = of(watch)
      for (const { key, carried, problem } of settled) {
        const index = decisions.findIndex(({ action }) => action?.key === key)
        const known = decisions[index]
        if (known?.action === undefined) continue
        const { problem: _, ...action } = known.action
        decisions[index] = {
          ...known,
          action: { ...action, carried, ...(problem !== undefined && { problem }) },
        }
      }
      return 'done'
    },
    async decisions(watch, { since = 0, limit = 100, acted = false } = {}) {
      await gate()
      const found = of(watch).filter(({ at, action }) => at >= since && (!acted || action !== undefined))
      return found.toReversed().slice(0, limit)
    },
    close() {},
  }
}
