import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { asideOf } from '../spill-folder.ts'
import { spilledKey } from '../spilled-data.ts'

/** Keys of kept data and files of commands' output, wherever in a text they stand. */
const names = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])|reops-[\w-]{12}\.std(?:out|err)/g

/** What is read at most to find out; beyond it nothing is known. */
const mostCharacters = 256 * 1024 * 1024

/**
 * The files that texts name, and that kept data name which they name, and so on. Answers undefined where that is too
 * much to read.
 */
export async function mentionedIn(
  texts: Iterable<string>,
  spilledFolder: string,
): Promise<ReadonlySet<string> | undefined> {
  const found = new Set<string>()
  let left = mostCharacters
  const take = (text: string) => {
    left -= text.length
    for (const [name] of text.matchAll(names)) found.add(name)
  }
  for (const text of texts) {
    take(text)
    if (left < 0) return undefined
  }
  // A set goes on with what is added while it is gone through.
  for (const name of found) {
    if (!spilledKey.test(name)) continue
    take(await textOf(spilledFolder, name))
    if (left < 0) return undefined
  }
  return found
}

/** What is kept under a key, without making it young; nothing where that can't be read. */
async function textOf(folder: string, key: string): Promise<string> {
  const nothing = () => ''
  const text = await readFile(path.join(folder, key), 'utf8').catch(nothing)
  return text === '' ? readFile(path.join(asideOf(folder), key), 'utf8').catch(nothing) : text
}
