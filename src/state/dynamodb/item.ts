import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Key } from './keys.ts'

/** An item of the table as it is used here: texts, numbers, and for what waits in an import an item within. */
export type Item = Key & { readonly [name: string]: string | number | Fields }
export type Fields = { readonly [name: string]: string | number | Fields }

/** As DynamoDB writes it. */
export function toAttributes(fields: Fields): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, toAttribute(value)]))
}

function toAttribute(value: Fields[string]): AttributeValue {
  if (typeof value === 'string') return { S: value }
  return typeof value === 'number' ? { N: String(value) } : { M: toAttributes(value) }
}

/** Kinds of values that nothing here writes are left out. */
export function fromAttributes(attributes: Readonly<Record<string, AttributeValue>>): Item {
  const fields: Record<string, string | number | Fields> = {}
  for (const [name, { S, N, M }] of Object.entries(attributes)) {
    if (S !== undefined) fields[name] = S
    else if (N !== undefined) fields[name] = Number(N)
    else if (M !== undefined) fields[name] = fromAttributes(M)
  }
  return fields as Item
}

/** An item may have 400 KB with the names of its attributes; a little is left for what an import adds. */
export const largestItem = 400 * 1024 - 1024

/** Bytes of an item as DynamoDB counts them; of numbers never fewer. */
export function bytesOf(fields: Fields): number {
  return Object.entries(fields).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOfValue(value),
    0,
  )
}

function bytesOfValue(value: Fields[string]): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  return typeof value === 'number' ? 21 : 3 + 2 * Object.keys(value).length + bytesOf(value)
}
