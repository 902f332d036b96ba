import { describe, expect, it } from 'vitest'
import { unifiedDiff } from '../../../src/operations/provision/files/diff.ts'
import fc from '../../support/fast-check.ts'

describe('a difference of two texts', () => {
  it.each([
    ['', 'a\n', '@@ -0,0 +1 @@\n+a\n'],
    ['a\n', '', '@@ -1 +0,0 @@\n-a\n'],
    ['a', 'a\n', '@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n'],
    [
      '1\n2\n3\n4\n5\n6\n7\n8\n',
      '1\n2\n3\n4\nx\n6\n7\n8\n',
      '@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n',
    ],
  ])('%j and %j', (before, after, wanted) => {
    expect(unifiedDiff('f', before, after)).toBe(`--- f\n+++ f\n${wanted}`)
  })

  it('is nothing where they are the same, and a sentence where they are no text or too long', () => {
    expect(unifiedDiff('f', 'a', 'a')).toBe('')
    expect(unifiedDiff('f', 'a\0', 'a')).toBe('f is not text')
    expect(unifiedDiff('f', 'a\n'.repeat(3_000), '')).toMatch(/too many/)
  })

  it('is never longer than 8 KiB', () => {
    const long = unifiedDiff('f', '', `${'x'.repeat(100)}\n`.repeat(1_000))
    expect(Buffer.byteLength(long)).toBeLessThan(8_300)
    expect(long).toMatch(/… and more\n$/)
  })

  it('makes the one of the other when it is applied', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '', '-', '+ d'), { maxLength: 30 })
      .chain(lines => fc.constantFrom('', '\n').map(end => lines.join('\n') + end))
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(apply(before, unifiedDiff('f', before, after))).toBe(after)
      }),
    )
  })
})

/** Applies what `diff -u` writes, and fails where the text is not what it says. */
function apply(before: string, diff: string): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const made: string[] = []
  let at = 0
  for (const hunk of diff.split(/^(?=@@)/m).slice(1)) {
    const [, start, count = '1'] = /^@@ -(\d+)(?:,(\d+))?/.exec(hunk)!
    const from = Number(start) - (count === '0' ? 0 : 1)
    made.push(...old.slice(at, from))
    at = from
    for (const line of hunk
      .replaceAll('\n\\ No newline at end of file', '\0')
      .split('\n')
      .slice(1, -1)
      .concat(hunk.endsWith('file\n') ? [] : [])) {
      const text = line.endsWith('\0') ? line.slice(1, -1) : `${line.slice(1)}\n`
      if (line[0] !== '+') expect(old[at++]).toBe(text)
      if (line[0] !== '-') made.push(text)
    }
  }
  return [...made, ...old.slice(at)].join('')
}
