import * as z from 'zod'
import { explainIssues } from '../../../core/errors.ts'
import type { Json } from '../../../core/json.ts'
import { type CloudRecord, cloudRecordSchema, type Revised } from '../../../core/watches/cloud/record.ts'
import { actions, codes, type KeptDecision } from '../../../core/watches/state.ts'
import { bytesOf, type Item, largestItem } from '../item.ts'
import type { Key } from '../keys.ts'
import { WatchTooLarge } from './errors.ts'

/** Decisions go after so many milliseconds, by the table's TTL. */
const keptMs = 90 * 86_400_000

const decisionSchema = z.object({
  watch: z.string(),
  at: z.number(),
  code: z.enum(codes),
  value: z.custom<Json>().optional(),
  why: z.string().optional(),
  action: z
    .object({
      key: z.string(),
      kind: z.enum(actions),
      input: z.custom<Json>(value => value !== undefined),
      carried: z.enum(['decided', 'started', 'failed', 'lapsed']),
      problem: z.string().optional(),
    })
    .optional(),
})

/** A record as an item. Throws `WatchTooLarge`. */
export function toStateItem(key: Key, record: CloudRecord): Item {
  const item: Item = { ...key, record: JSON.stringify(record) }
  const bytes = bytesOf(item)
  if (bytes <= largestItem) return item
  const [taken, most] = [bytes, largestItem].map(count => count.toLocaleString('en-US'))
  throw new WatchTooLarge(
    `what watch ${key.sk} remembers takes ${taken} bytes, and an item of the table holds ${most}: let it look at fewer topics or smaller values, or give it a smaller budget`,
    { detail: { watch: key.sk, bytes, most: largestItem } },
  )
}

export function fromStateItem(item: Item): Revised {
  const revision = String(item.stamp)
  try {
    const parsed = cloudRecordSchema.safeParse(JSON.parse(String(item.record)))
    if (parsed.success) return { record: parsed.data, revision }
    // A newer version's, or damaged, may be wrong all over.
    return { unreadable: explainIssues(parsed.error.issues.slice(0, 3)).slice(0, 300), revision }
  } catch {
    return { unreadable: 'it is no JSON', revision }
  }
}

export function toDecisionItem(key: Key, decision: KeptDecision): Item {
  return {
    ...key,
    decision: JSON.stringify(decision),
    ...(decision.action !== undefined && { acted: 1 }),
    expires: Math.ceil((decision.at + keptMs) / 1_000),
  }
}

/** A decision as it was kept; undefined where it can't be read. */
export function fromDecisionItem(item: Item): KeptDecision | undefined {
  try {
    return decisionSchema.safeParse(JSON.parse(String(item.decision))).data
  } catch {
    return undefined
  }
}
