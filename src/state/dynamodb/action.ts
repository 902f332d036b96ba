import type {
  PutItemCommandInput,
  TransactWriteItem,
  TransactWriteItemsCommandInput,
} from '@aws-sdk/client-dynamodb'
import { type Item, toAttributes } from './item.ts'
import type { Key } from './keys.ts'

/** What an item has to be like: not there, or with one of some values in a field. With both, either; with none, anything. */
export interface Condition {
  readonly absent?: boolean
  readonly field?: string
  readonly values?: readonly string[]
}

/** One thing that is done together with others, or not at all. */
export type Action =
  | { readonly do: 'put'; readonly key: Key; readonly item: Item; readonly when: Condition }
  | { readonly do: 'delete' | 'check'; readonly key: Key; readonly when: Condition }

/** So many a transaction may have. */
export const mostActions = 100
/** Bytes that a transaction may have of items are 4 MB; the rest is for the conditions. */
export const mostBytes = 3_500_000

export const absent: Condition = { absent: true }

/** As it was when it was read: every write leaves another stamp. */
export function unchanged(read: Item | undefined): Condition {
  return read === undefined ? absent : { field: 'stamp', values: [String(read.stamp)] }
}

/** A put by itself: it costs half of what it does in a transaction. */
export function toRequest(action: Action, TableName: string, stamp: string): PutItemCommandInput {
  if (action.do !== 'put') throw new TypeError(`a ${action.do} is no put`)
  const Item = toAttributes({ ...action.item, stamp })
  return { TableName, Item, ...conditionOf(action.when), ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }
}

/** All of them or none, under a token by which a try that comes twice is done once. */
export function toTransaction(
  actions: readonly Action[],
  TableName: string,
  stamp: string,
): TransactWriteItemsCommandInput {
  return {
    ClientRequestToken: stamp,
    TransactItems: actions.map((action): TransactWriteItem => {
      const condition = { TableName, ...conditionOf(action.when) }
      if (action.do === 'put') return { Put: { Item: toAttributes({ ...action.item, stamp }), ...condition } }
      const Key = toAttributes({ ...action.key })
      return action.do === 'delete'
        ? { Delete: { Key, ...condition } }
        : { ConditionCheck: { ConditionExpression: 'attribute_exists(pk)', Key, ...condition } }
    }),
  }
}

/** A condition as DynamoDB writes it. */
type Conditional = Pick<
  PutItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>

function conditionOf({ absent, field, values = [] }: Condition): Conditional {
  const names = values.map((_, index) => `:is${index}`)
  const texts = [
    ...(absent ? ['attribute_not_exists(pk)'] : []),
    ...(field === undefined ? [] : [`#field IN (${names.join(', ')})`]),
  ]
  if (texts.length === 0) return {}
  return {
    ConditionExpression: texts.join(' OR '),
    ...(field !== undefined && {
      ExpressionAttributeNames: { '#field': field },
      ExpressionAttributeValues: toAttributes(Object.fromEntries(values.map((is, at) => [names[at]!, is]))),
    }),
  }
}
