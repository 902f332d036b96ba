import { ReopsError } from './errors.ts'

/** A word that no shell can be given: it holds a NUL, or text that UTF-8 can't carry. */
export class UnquotableWord extends ReopsError {
  override readonly name = 'UnquotableWord'
}

/** What every shell reads as itself. `=` and `~` are missing: zsh expands `=ls`, and `A=b` would assign. */
const plain = /^[A-Za-z0-9_/:.,@%+-]+$/

/** As the first word of a command these would be syntax and not a program's name. */
const reserved = new Set(
  'case coproc do done elif else end esac fi for foreach function if in select switch then time until while'.split(
    ' ',
  ),
)

/**
 * Writes an argument vector as one line for a POSIX shell, which reads back exactly the same words. Backslashes
 * stand outside the single quotes, because fish reads them inside; everything else is literal.
 *
 * Throws `UnquotableWord` for a NUL (no argument can hold one) and for lone surrogates (they have no UTF-8).
 *
 * @example
 * quote(['ls', '-la', "it's here"]) // ls -la 'it'\''s here'
 */
export function quote(argv: readonly string[]): string {
  return argv
    .map((word, index) => (index === 0 && reserved.has(word) ? `'${word}'` : quoteWord(word, index)))
    .join(' ')
}

function quoteWord(word: string, index: number): string {
  if (word.includes('\0')) throw unquotable(word, index, 'a NUL character, which no argument can hold')
  if (!word.isWellFormed())
    throw unquotable(word, index, 'half of a surrogate pair, which UTF-8 can not carry')
  if (plain.test(word)) return word
  return `'${word.replaceAll(/['\\]/g, special => `'\\${special}'`)}'`
}

function unquotable(word: string, index: number, found: string): UnquotableWord {
  return new UnquotableWord(
    `word ${index + 1} of the command, ${JSON.stringify(word)}, holds ${found}; take it out`,
    {
      detail: { index, word },
    },
  )
}
