import { checkConditional, itemSize } from 'dynalite/db/index.js'
import { validateExpressions } from 'dynalite/validations/index.js'
import { jsonReply, WireError, type WireReply } from './wire.ts'

/** What DynamoDB calls an item: `{ pk: { S: 'text' } }`. */
export type Attributes = Record<string, Record<string, unknown>>

/** Asks dynalite itself. */
export type Ask = <T>(action: string, body: object) => Promise<T>

/** One of the actions of a transaction. */
interface Part {
  readonly what: 'Put' | 'Delete' | 'Update' | 'ConditionCheck'
  readonly TableName: string
  readonly Key: Attributes
  readonly data: any
}

const most = { actions: 100, bytes: 4 * 1024 * 1024, itemBytes: 400 * 1024 }
/** Writes that dynalite takes at once. */
const mostInBatch = 25
/** An idempotency token is good for so long, in milliseconds. */
const tokenMs = 10 * 60_000

/**
 * Transactions over a DynamoDB that has none, by its documentation: all conditions are looked at and everything is done,
 * or nothing; somebody else's write of an item that a transaction is at is refused with a conflict, as is the
 * transaction that comes second; the same call under the same token is done once. Whoever reads meanwhile may see half
 * of it, as with `Query` and `BatchGetItem` there.
 */
export function openTransactions(ask: Ask) {
  const busy = new Set<string>()
  /** How many writes by themselves are at an item; they go one after the other at dynalite. */
  const alone = new Map<string, number>()
  const tokens = new Map<string, { readonly at: number; readonly body: string; state: 'doing' | 'done' }>()
  const keyOf = ({ TableName, Key }: Pick<Part, 'TableName' | 'Key'>) =>
    JSON.stringify([TableName, Key.pk, Key.sk])

  const hold = async <T>(keys: readonly string[], work: () => Promise<T>): Promise<T> => {
    for (const key of keys) busy.add(key)
    try {
      return await work()
    } finally {
      for (const key of keys) busy.delete(key)
    }
  }
  const itemsAt = async (parts: readonly Pick<Part, 'TableName' | 'Key'>[]) => {
    const found = new Map<string, Attributes>()
    for (const [TableName, some] of Map.groupBy(parts, part => part.TableName)) {
      const RequestItems = { [TableName]: { Keys: some.map(({ Key }) => Key), ConsistentRead: true } }
      const { Responses } = await ask<{ Responses: Record<string, Attributes[]> }>('BatchGetItem', {
        RequestItems,
      })
      for (const item of Responses[TableName] ?? []) found.set(keyOf({ TableName, Key: item }), item)
    }
    return parts.map(part => found.get(keyOf(part)))
  }
  const writeAll = async (parts: readonly Part[]) => {
    for (let start = 0; start < parts.length; start += mostInBatch)
      await ask('BatchWriteItem', {
        RequestItems: Object.fromEntries(
          [...Map.groupBy(parts.slice(start, start + mostInBatch), part => part.TableName)].map(
            ([name, some]) => [
              name,
              some.map(({ what, Key, data }) =>
                what === 'Put' ? { PutRequest: { Item: data.Item } } : { DeleteRequest: { Key } },
              ),
            ],
          ),
        ),
      })
  }

  const once = async (parts: readonly Part[]): Promise<WireReply> => {
    const keys = parts.map(keyOf)
    const conflicts = keys.map(key => (busy.has(key) || alone.has(key) ? 'TransactionConflict' : 'None'))
    if (conflicts.includes('TransactionConflict')) return cancelled(conflicts)
    return hold(keys, async () => {
      const found = await itemsAt(parts)
      const codes = parts.map(({ data, what }, index) => {
        if (what === 'Put' && itemSize(data.Item) > most.itemBytes) return 'ValidationError'
        return checkConditional(data, found[index]) ? 'ConditionalCheckFailed' : 'None'
      })
      const items = parts.map(({ data }, index) =>
        data.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' ? found[index] : undefined,
      )
      if (codes.some(code => code !== 'None')) return cancelled(codes, items)
      await writeAll(parts.filter(({ what }) => what === 'Put' || what === 'Delete'))
      for (const { data } of parts.filter(({ what }) => what === 'Update')) {
        const { ConditionExpression, ReturnValuesOnConditionCheckFailure, _condition, _updates, ...rest } =
          data
        await ask('UpdateItem', rest)
      }
      return jsonReply({})
    })
  }

  return {
    async write(body: any): Promise<WireReply> {
      const parts = partsOf(body)
      const token = body.ClientRequestToken as string | undefined
      const text = JSON.stringify(body)
      const known = token === undefined ? undefined : tokens.get(token)
      if (known !== undefined && Date.now() - known.at < tokenMs) {
        if (known.body !== text)
          throw new WireError('IdempotentParameterMismatchException', 'other parameters under this token')
        if (known.state === 'doing')
          throw new WireError('TransactionInProgressException', 'the transaction is in progress')
        return jsonReply({})
      }
      const entry = { at: Date.now(), body: text, state: 'doing' as 'doing' | 'done' }
      if (token !== undefined) tokens.set(token, entry)
      let reply: WireReply | undefined
      try {
        reply = await once(parts)
        return reply
      } finally {
        if (reply?.status === undefined && reply !== undefined) entry.state = 'done'
        else if (token !== undefined) tokens.delete(token)
      }
    },

    async get({ TransactItems }: any): Promise<WireReply> {
      const gets = (TransactItems as { Get: Part }[]).map(({ Get }) => Get)
      const codes = gets.map(get => (busy.has(keyOf(get)) ? 'TransactionConflict' : 'None'))
      if (codes.includes('TransactionConflict')) return cancelled(codes)
      return hold(gets.map(keyOf), async () => {
        const found = await itemsAt(gets)
        return jsonReply({ Responses: found.map(Item => ({ ...(Item && { Item }) })) })
      })
    },

    /** A write by itself, which no transaction may be at. */
    async alone({ TableName, Key, Item }: any, write: () => Promise<WireReply>): Promise<WireReply> {
      const key = keyOf({ TableName, Key: Key ?? { pk: Item.pk, sk: Item.sk } })
      if (busy.has(key))
        throw new WireError('TransactionConflictException', 'Transaction is ongoing for the item')
      alone.set(key, (alone.get(key) ?? 0) + 1)
      try {
        return await write()
      } finally {
        const others = alone.get(key)! - 1
        if (others === 0) alone.delete(key)
        else alone.set(key, others)
      }
    },
  }
}

function partsOf({ TransactItems }: any): readonly Part[] {
  const invalid = (message: string) => new WireError('ValidationException', message)
  const all = TransactItems as Record<string, any>[]
  if (all.length === 0 || all.length > most.actions)
    throw invalid(`a transaction has 1 to ${most.actions} actions, and this has ${all.length}`)
  const parts = all.map((one): Part => {
    const [what = ''] = Object.keys(one)
    const data = { ...one[what] }
    const wrong = validateExpressions(data)
    if (wrong !== undefined) throw invalid(wrong)
    const Key = data.Key ?? { pk: data.Item.pk, sk: data.Item.sk }
    return { what: what as Part['what'], TableName: data.TableName, Key, data }
  })
  const keys = new Set(parts.map(({ TableName, Key }) => JSON.stringify([TableName, Key.pk, Key.sk])))
  if (keys.size < parts.length)
    throw invalid('Transaction request cannot include multiple operations on one item')
  const bytes = parts.reduce((sum, { data }) => sum + (data.Item ? itemSize(data.Item) : 0), 0)
  if (bytes > most.bytes) throw invalid('Collection size of items in the transaction exceeds 4 MB')
  return parts
}

function cancelled(codes: readonly string[], items: readonly (Attributes | undefined)[] = []): WireReply {
  const type = 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException'
  return {
    status: 400,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({
      __type: type,
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
      CancellationReasons: codes.map((Code, index) => ({
        Code,
        ...(Code !== 'None' && { Message: Code }),
        ...(items[index] && Code === 'ConditionalCheckFailed' && { Item: items[index] }),
      })),
    }),
  }
}
