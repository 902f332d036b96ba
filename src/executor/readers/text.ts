import type { ReadObject } from '../objects.ts'

/** What a store answers for an object. */
export type Source = Awaited<ReturnType<ReadObject>>

/** The text of an object as it comes, without the mark that some editors put before it. */
export async function* chunksOf(source: Source): AsyncGenerator<string> {
  if (typeof source === 'string') {
    yield source.startsWith('\uFEFF') ? source.slice(1) : source
    return
  }
  const decoder = new TextDecoder()
  for await (const bytes of source) {
    const text = decoder.decode(bytes, { stream: true })
    if (text !== '') yield text
  }
  const rest = decoder.decode()
  if (rest !== '') yield rest
}

/**
 * All of an object's text.
 *
 * @throws Error when it is longer than `most` characters
 */
export async function wholeText(source: Source, most: number): Promise<string> {
  let text = ''
  for await (const chunk of chunksOf(source)) {
    text += chunk
    if (text.length > most)
      throw new Error(
        `The object is longer than ${most} characters; write it as JSON Lines, which is read in parts`,
      )
  }
  return text
}

/**
 * The lines of an object, without their ends, as they come.
 *
 * @throws Error when one is longer than `most` characters
 */
export async function* linesOf(source: Source, most: number): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunksOf(source)) {
    let from = 0
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', from)) {
      yield bounded(rest + chunk.slice(from, end), most)
      rest = ''
      from = end + 1
    }
    rest = bounded(rest + chunk.slice(from), most)
  }
  if (rest !== '') yield rest
}

function bounded(line: string, most: number): string {
  if (line.length > most) throw new Error(`A line is longer than ${most} characters`)
  return line
}
