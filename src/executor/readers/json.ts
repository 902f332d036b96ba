import { admit } from '../data.ts'
import type { Items } from './item.ts'
import { linesOf, type Source, wholeText } from './text.ts'

/** JSON Lines: an item a line. Blank lines are skipped. */
export async function* readJsonLines(source: Source, mostChars: number): Items {
  let number = 0
  for await (const line of linesOf(source, mostChars)) {
    number++
    if (line.trim() !== '') yield { value: admit(parse(line, `Line ${number}`)) }
  }
}

/** A JSON document whose array, or object, at `pointer` holds the items. */
export async function* readJson(source: Source, pointer: string, mostChars: number): Items {
  const dataset = find(parse(await wholeText(source, mostChars), 'The object'), pointer)
  if (typeof dataset !== 'object' || dataset === null)
    throw new Error('Attempting to map over non-iterable node.')
  if (Array.isArray(dataset)) {
    for (const item of dataset) yield { value: admit(item) }
    return
  }
  for (const [key, item] of Object.entries(dataset)) yield { key, value: admit(item) }
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${what} is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

/** Follows a JSON pointer (RFC 6901), in which `~1` stands for a slash and `~0` for a tilde. */
function find(document: unknown, pointer: string): unknown {
  if (pointer === '') return document
  let found = document
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) throw noSuchPath()
    found = (found as Readonly<Record<string, unknown>>)[key]
  }
  if (!pointer.startsWith('/')) throw noSuchPath()
  return found
}

function noSuchPath(): Error {
  return new Error(
    'The provided ReaderConfig.ItemsPointer does not match any valid path in the JSON structure.',
  )
}
