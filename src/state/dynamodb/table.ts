import { randomUUID } from 'node:crypto'
import type { AttributeValue, DynamoDB, QueryCommandInput } from '@aws-sdk/client-dynamodb'
import { AwsRefused } from '../../core/aws-errors/errors.ts'
import type { Action } from './action.ts'
import { toRequest, toTransaction } from './action.ts'
import { type Asked, explain } from './explain.ts'
import { fromAttributes, type Item, toAttributes } from './item.ts'
import { type Key, keyText } from './keys.ts'

/** Items of one partition, in the order of their sort keys. */
export interface Range {
  readonly pk: string
  /** Only those whose sort key begins with this. */
  readonly begins?: string | undefined
  /** Only those that a filter lets through, which happens at the table. */
  readonly filter?: Filter | undefined
  /** Only the last one. */
  readonly last?: boolean | undefined
  /** Only those whose sort key is between these two, themselves included; in the place of `begins`. */
  readonly between?: readonly [string, string] | undefined
  /** So many at most, from the last one back. */
  readonly newest?: number | undefined
  /** Nothing of them but their keys and stamps. */
  readonly stamps?: boolean | undefined
}

export interface Filter {
  readonly text: string
  readonly names: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, string | number>>
}

/** The table. Every read sees all that was written before it. Rejects with the errors of errors.ts and of core/aws-errors. */
export interface Table {
  get(keys: readonly Key[]): Promise<ReadonlyMap<string, Item>>
  query(range: Range): Promise<readonly Item[]>
  /** Adds one to a counter and answers it. */
  count(key: Key): Promise<number>
  /**
   * Does all of it or nothing. `conflict`: something is no longer as a condition wants it, or somebody was at it at the
   * same moment; nothing was done. All that is put carries the same `stamp`, by which what was done is known again.
   */
  write(actions: readonly Action[], stamp: string): Promise<'done' | 'conflict'>
  /** Puts and deletes one by one, whatever is there. */
  bulk(puts: readonly Item[], deletes: readonly Key[]): Promise<void>
  close(): void
}

const batch = { get: 100, write: 25 }
/** Pages of one question; each is a megabyte, and more than this is nobody's closet. */
const mostPages = 1_000
/** Parts of a batch that were left undone are asked for again so often, each time after more of a pause. */
const batchTries = 10

export interface TableParts {
  readonly client: DynamoDB
  readonly name: string
  readonly pause: (tried: number) => Promise<void>
  /** As the client was made with. */
  readonly profile?: string | undefined
  readonly endpoint?: string | undefined
}

/** Calls that change something: without an answer, nobody knows whether they did. */
const changes: ReadonlySet<string> = new Set<keyof DynamoDB>([
  ...(['putItem', 'transactWriteItems', 'batchWriteItem', 'updateItem'] as const),
])

export function openTable({ client, name: TableName, pause, profile, endpoint }: TableParts): Table {
  const told = (call: keyof DynamoDB): Asked => ({
    ...{ table: TableName, profile, endpoint, region: () => client.config.region() },
    ...{ call: call.replace(/^./, first => first.toUpperCase()), changes: changes.has(call) },
  })
  const ask = async <T>(call: keyof DynamoDB, answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (thrown) {
      throw await explain(thrown, told(call))
    }
  }
  /** Until nothing is left undone. */
  const whole = async <T>(
    call: 'batchGetItem' | 'batchWriteItem',
    first: T[],
    one: (some: T[]) => Promise<T[] | undefined>,
    size: number,
  ) => {
    for (let start = 0; start < first.length; start += size) {
      let rest: T[] | undefined = first.slice(start, start + size)
      for (let tried = 0; rest !== undefined && rest.length > 0; tried++) {
        if (tried === batchTries) throw await explain(undone(), told(call))
        if (tried > 0) await pause(tried)
        rest = await ask(call, one(rest))
      }
    }
  }

  return {
    async get(keys) {
      const found = new Map<string, Item>()
      const take = (attributes: Record<string, AttributeValue> | undefined) => {
        if (attributes === undefined) return
        const item = fromAttributes(attributes)
        found.set(keyText(item), item)
      }
      const asked = keys.filter(canBe).map(key => toAttributes({ ...key }))
      const [Key] = asked
      if (Key !== undefined && asked.length === 1) {
        take((await ask('getItem', client.getItem({ TableName, Key, ConsistentRead: true }))).Item)
        return found
      }
      await whole(
        'batchGetItem',
        asked,
        async Keys => {
          const { Responses, UnprocessedKeys } = await client.batchGetItem({
            RequestItems: { [TableName]: { Keys, ConsistentRead: true } },
          })
          Responses?.[TableName]?.forEach(take)
          return UnprocessedKeys?.[TableName]?.Keys
        },
        batch.get,
      )
      return found
    },

    async query(range) {
      const input = { TableName, ConsistentRead: true, ...queryOf(range) }
      const found: Item[] = []
      let from: Record<string, AttributeValue> | undefined
      let pages = 0
      do {
        if (pages++ === mostPages)
          throw new AwsRefused(
            `the table ${TableName} has more than ${mostPages} pages of ${range.pk}, and no end is in sight: look what fills it`,
            { detail: { table: TableName, partition: range.pk } },
          )
        const page = await ask('query', client.query({ ...input, ...(from && { ExclusiveStartKey: from }) }))
        found.push(...(page.Items ?? []).map(fromAttributes))
        from = range.last ? undefined : page.LastEvaluatedKey
      } while (from !== undefined && found.length < (range.newest ?? Number.POSITIVE_INFINITY))
      return range.newest === undefined ? found : found.slice(0, range.newest)
    },

    async count(key) {
      const input = {
        ...{ TableName, Key: toAttributes({ ...key }), ReturnValues: 'UPDATED_NEW' as const },
        ...{ UpdateExpression: 'ADD #last :one', ExpressionAttributeNames: { '#last': 'last' } },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }
      return Number((await ask('updateItem', client.updateItem(input))).Attributes?.last?.N)
    },

    async write(actions, stamp) {
      const [only] = actions
      const single = actions.length === 1 && only!.do === 'put'
      const call = () =>
        single
          ? client.putItem(toRequest(only!, TableName, stamp))
          : client.transactWriteItems(toTransaction(actions, TableName, stamp))
      for (let tried = 1; ; tried++) {
        try {
          await call()
          return 'done'
        } catch (thrown) {
          const came = cameOf(thrown, stamp)
          // The same call under the same token, which an earlier try of it is still doing.
          if (came === 'again' && tried < batchTries) await pause(tried)
          else if (came === 'done' || came === 'conflict') return came
          else throw await explain(thrown, told(single ? 'putItem' : 'transactWriteItems'))
        }
      }
    },

    async bulk(puts, deletes) {
      const requests = [
        ...puts.map(item => ({ PutRequest: { Item: toAttributes(item) } })),
        ...deletes.map(key => ({ DeleteRequest: { Key: toAttributes({ ...key }) } })),
      ]
      await whole<object>(
        'batchWriteItem',
        requests,
        async some =>
          (await client.batchWriteItem({ RequestItems: { [TableName]: some } })).UnprocessedItems?.[
            TableName
          ],
        batch.write,
      )
    },

    close: () => client.destroy(),
  }
}

/** What somebody looks for may be no key at all. */
function canBe({ sk }: Key): boolean {
  return sk !== '' && Buffer.byteLength(sk) <= 1024
}

/** What the table's service calls it when an action was refused because something is not as it was. */
const conflicts = new Set([
  ...['None', 'ConditionalCheckFailed', 'TransactionConflict'],
  ...['ThrottlingError', 'ProvisionedThroughputExceeded', 'RequestLimitExceeded'],
])

interface Thrown {
  readonly name?: string
  readonly CancellationReasons?: readonly { readonly Code?: string }[]
  readonly Item?: Record<string, AttributeValue>
}

function cameOf(thrown: unknown, stamp: string): 'done' | 'conflict' | 'again' | undefined {
  const { name, CancellationReasons: reasons, Item: found } = thrown as Thrown
  // A try whose answer was lost has done it, and the next one of the same call found that.
  if (name === 'ConditionalCheckFailedException') return found?.stamp?.S === stamp ? 'done' : 'conflict'
  if (name === 'TransactionConflictException') return 'conflict'
  if (name === 'TransactionInProgressException') return 'again'
  if (name !== 'TransactionCanceledException') return undefined
  return reasons?.every(({ Code = 'None' }) => conflicts.has(Code)) ? 'conflict' : undefined
}

function queryOf(range: Range): Omit<QueryCommandInput, 'TableName'> {
  const { pk, begins, between, filter, last, newest, stamps } = range
  const [from, to] = between ?? []
  const texts = [
    'pk = :pk',
    ...(begins === undefined ? [] : ['begins_with(sk, :begins)']),
    ...(between === undefined ? [] : ['sk BETWEEN :from AND :to']),
  ]
  const values = {
    ':pk': pk,
    ...(begins !== undefined && { ':begins': begins }),
    ...(from !== undefined && to !== undefined && { ':from': from, ':to': to }),
    ...filter?.values,
  }
  return {
    ...{ KeyConditionExpression: texts.join(' AND '), ExpressionAttributeValues: toAttributes(values) },
    ...(filter && { FilterExpression: filter.text, ExpressionAttributeNames: filter.names }),
    ...(last && { ScanIndexForward: false, Limit: 1 }),
    // A limit counts what a filter leaves out, too.
    ...(newest !== undefined && { ScanIndexForward: false, ...(filter === undefined && { Limit: newest }) }),
    ...(stamps && { ProjectionExpression: 'pk, sk, stamp' }),
  }
}

function undone(): Error {
  return Object.assign(new Error('parts of a batch were left undone every time'), {
    name: 'ThrottlingException',
  })
}

/** A name for a write that nothing else has. */
export function newStamp(): string {
  return randomUUID()
}
