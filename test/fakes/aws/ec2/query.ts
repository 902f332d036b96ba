import { escaped, WireError, type WireReply, xmlReply } from '../wire.ts'

/** A form of EC2's protocol as an object: `Filter.1.Value.2=x` is `Filter[0].Value[1]`. */
export function nested(query: URLSearchParams): any {
  const root: Record<string, unknown> = {}
  for (const [key, value] of query) {
    const words = key.split('.')
    let at: any = root
    words.forEach((word, index) => {
      const name = /^\d+$/.test(word) ? Number(word) - 1 : word
      if (index === words.length - 1) at[name] = value
      else at = at[name] ??= /^\d+$/.test(words[index + 1]!) ? [] : {}
    })
  }
  return root
}

type Value = string | number | boolean | undefined | readonly Value[] | { readonly [key: string]: Value }

/** An answer of an action, as XML: lists are of `item`s, and what is undefined is left out. */
export function answer(action: string, fields: { readonly [key: string]: Value }): WireReply {
  const xmlns = 'http://ec2.amazonaws.com/doc/2016-11-15/'
  return xmlReply(
    `<${action}Response xmlns="${xmlns}"><requestId>r</requestId>${inside(fields)}</${action}Response>`,
  )
}

function inside(value: Value): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map(one => `<item>${inside(one)}</item>`).join('')
  if (typeof value !== 'object') return escaped(String(value))
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => `<${name}>${inside(one)}</${name}>`)
    .join('')
}

/** A page of a list, and the token of the next one. */
export function paged<T>(
  all: readonly T[],
  { NextToken, MaxResults }: { readonly NextToken?: string; readonly MaxResults?: string },
  most: number,
): { readonly page: readonly T[]; readonly nextToken: string | undefined } {
  const [, at = NextToken === undefined ? '0' : undefined] = /^page-(\d+)$/.exec(NextToken ?? '') ?? []
  if (at === undefined) throw new WireError('InvalidNextToken', `The token '${NextToken}' is invalid`)
  const size = Math.min(most, Number(MaxResults ?? most))
  const end = Number(at) + size
  return { page: all.slice(Number(at), end), nextToken: end < all.length ? `page-${end}` : undefined }
}

interface Filter {
  readonly Name: string
  readonly Value?: readonly string[]
}

/** Whether something fits all filters; `*` stands for anything, as at EC2. */
export function fits(filters: readonly Filter[] | undefined, read: (name: string) => string | undefined) {
  return (filters ?? []).every(({ Name, Value = [] }) => {
    const value = read(Name)
    return value !== undefined && Value.some(one => one === value)
  })
}

/** Tags as a request specifies them for a kind of resource. */
export function tagsFor(
  specifications: readonly { ResourceType: string; Tag?: { Key: string; Value: string }[] }[] | undefined,
  kind: string,
): Map<string, string> {
  const tags = (specifications ?? [])
    .filter(({ ResourceType }) => ResourceType === kind)
    .flatMap(({ Tag = [] }) => Tag)
  if (tags.length > 50) throw new WireError('TagLimitExceeded', 'More than 50 tags specified')
  for (const { Key, Value = '' } of tags) {
    if (Key.startsWith('aws:'))
      throw new WireError('InvalidParameterValue', `Tag keys starting with 'aws:' are reserved`)
    if (Key.length > 128 || Value.length > 256)
      throw new WireError('InvalidParameterValue', `Tag ${Key} exceeds the maximum length`)
  }
  return new Map(tags.map(({ Key, Value = '' }) => [Key, Value]))
}

export function tagSet(tags: ReadonlyMap<string, string>) {
  return [...tags].map(([key, value]) => ({ key, value }))
}
