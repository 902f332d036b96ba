import type { CloudWatchStore, Settled } from '../../../core/watches/cloud/record.ts'
import type { KeptDecision } from '../../../core/watches/state.ts'
import { type Action, absent, unchanged } from '../action.ts'
import { type ConnectOptions, connect } from '../connect.ts'
import { newStamp, type Table } from '../table.ts'
import { fromDecisionItem, fromStateItem, toDecisionItem, toStateItem } from './items.ts'
import { decisionKey, decisionsSince, stateKey } from './keys.ts'

export interface WatchesOptions extends ConnectOptions {
  /** Hears of decisions that a list has to leave out, for they can't be read. */
  readonly notice?: ((text: string) => void) | undefined
}

/** Decisions that are listed at once, where nobody says how many, and at most. */
const listed = { usual: 100, most: 1_000 }

/**
 * Keeps what watches in the cloud remember and decide in a table of DynamoDB. A state, the decision that led to it and what
 * became of actions are one transaction, on the condition that nobody wrote since the state was read. Nobody is asked
 * before the first use. Rejects with `WatchTooLarge`, `TableMissing`, and the errors of AWS (core/aws-errors).
 *
 * @example
 * const store = await openDynamoWatches({ table: 're-ops-state', region: 'eu-central-1' })
 * const [last] = await store.decisions('too-hot', { limit: 1, acted: true })
 */
export async function openDynamoWatches(options: WatchesOptions): Promise<CloudWatchStore> {
  const { table } = await connect(options)
  return {
    async read(watch) {
      const [item] = (await table.get([stateKey(watch)])).values()
      return item && fromStateItem(item)
    },

    async write(watch, record, revision, { decision, settled = [] } = {}) {
      const key = stateKey(watch)
      const when = revision === undefined ? absent : { field: 'stamp', values: [revision] }
      const became = await Promise.all(settled.map(one => settledAction(table, watch, one)))
      const actions: Action[] = [
        { do: 'put', key, item: toStateItem(key, record), when },
        ...(decision === undefined ? [] : [decisionAction(watch, decision)]),
        ...became.filter(action => action !== undefined),
      ]
      return table.write(actions, newStamp())
    },

    async decisions(watch, { since = 0, limit = listed.usual, acted = false } = {}) {
      const items = await table.query({
        ...decisionsSince(watch, since),
        newest: Math.min(listed.most, Math.max(1, Math.trunc(limit))),
        ...(acted && {
          filter: { text: '#acted = :acted', names: { '#acted': 'acted' }, values: { ':acted': 1 } },
        }),
      })
      const found = items.map(fromDecisionItem).filter(decision => decision !== undefined)
      const lost = items.length - found.length
      if (lost > 0) options.notice?.(`${lost} decisions of watch ${watch} can't be read`)
      return found
    },

    close: () => table.close(),
  }
}

function decisionAction(watch: string, decision: KeptDecision): Action {
  const key = decisionKey(watch, decision.at, decision.action?.key ?? newStamp())
  return { do: 'put', key, item: toDecisionItem(key, decision), when: absent }
}

/** What was decided, with what became of it; nothing where the decision is not kept any more. */
async function settledAction(
  table: Table,
  watch: string,
  { at, key: of, carried, problem }: Settled,
): Promise<Action | undefined> {
  const key = decisionKey(watch, at, of)
  const [item] = (await table.get([key])).values()
  const decision = item && fromDecisionItem(item)
  if (decision?.action === undefined) return undefined
  const { problem: _, ...action } = decision.action
  const settled = { ...action, carried, ...(problem !== undefined && { problem }) }
  return {
    do: 'put',
    key,
    item: toDecisionItem(key, { ...decision, action: settled }),
    when: unchanged(item),
  }
}
