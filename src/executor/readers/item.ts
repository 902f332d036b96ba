import type { Json } from '../../core/json.ts'

/** One item of a dataset. Those of a JSON object have the key that they stood under. */
export interface Item {
  readonly value: Json
  readonly key?: string
}

/** Items as they come. */
export type Items = AsyncGenerator<Item, void>

/** What an item is as the input of its child: the pair, where the dataset was a JSON object. */
export function inputOf({ key, value }: Item): Json {
  return key === undefined ? value : { Key: key, Value: value }
}
