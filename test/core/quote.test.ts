import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { quote, UnquotableWord } from '../../src/core/quote.ts'
import fc from '../support/fast-check.ts'

/** What a real shell makes of a line: the words that a program is started with. */
function wordsBySh(line: string): string[] {
  const out = execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
  return out.split('\0').slice(0, -1)
}

/** Anything that an argument can hold, with plenty of what shells care for. */
const word = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ unit: fc.constantFrom(...'\'"\\ \n\t$`!*?[]{}()<>|&;#~=%^-ab'), maxLength: 12 }),
    fc.constantFrom('', '-rf', '--', '~', '$(id)', '`id`', 'a\nb', "it's", '\\', "'", 'ü', '日本', '*', '!!'),
  )
  .filter(text => !text.includes('\0') && text.isWellFormed())

describe('quote', () => {
  test('a real sh reads back the same words', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), words => {
        expect(wordsBySh(quote(words))).toEqual(words)
      }),
      { numRuns: 150 },
    )
  })

  test('plain words stay readable', () => {
    expect(quote(['ls', '-la', '/var/log', 'user@host:22'])).toBe('ls -la /var/log user@host:22')
  })

  test('a backslash never stands inside quotes, where fish would read it', () => {
    expect(quote(['x', "a\\b'c"])).toBe(String.raw`x 'a'\\'b'\''c'`)
  })

  test('a program named like a keyword is still a program', () => {
    expect(quote(['if', 'if'])).toBe("'if' if")
  })

  test('a NUL is refused, and the error says which word', () => {
    expect(() => quote(['echo', 'a\0b'])).toThrow(UnquotableWord)
    expect(() => quote(['echo', 'a\0b'])).toThrow(/word 2/)
  })

  test('half of a surrogate pair is refused', () => {
    expect(() => quote(['\ud800'])).toThrow(UnquotableWord)
  })
})
