import { messageIn } from '../../core/errors.ts'
import type { Words } from './timeline.ts'

/** What happened, the error's name, and the first line of its cause, which for a function's is JSON. */
export function wordsText(what: string, words: Words | undefined): string {
  const text = [words?.error, words?.cause === undefined ? undefined : sentence(words.cause)]
    .filter(part => part !== undefined && part !== '')
    .join(': ')
  return what === '' || text === '' ? what + text : `${what}: ${text}`
}

function sentence(cause: string): string {
  return messageIn(cause).trimStart().split('\n', 1)[0]!
}
