import { describe, expect, it } from 'vitest'
import { editLine, type LineEdit } from '../../../src/operations/provision/files/edit-line.ts'
import fc from '../../support/fast-check.ts'

const present = (line: string, more: Partial<LineEdit> = {}): LineEdit => ({
  line,
  state: 'present',
  ...more,
})
const absent = (line: string, more: Partial<LineEdit> = {}): LineEdit => ({ line, state: 'absent', ...more })

describe('a line of a text', () => {
  it.each<[string, LineEdit, string]>([
    ['', present('a'), 'a\n'],
    ['a\n', present('a'), 'a\n'],
    ['b', present('a'), 'b\na\n'],
    ['b\r\n', present('a'), 'b\r\na\r\n'],
    ['#a 1\na 2\nb\n', present('a 3', { matching: /^#?a / }), '#a 1\na 3\nb\n'],
    ['a 3\na 2\n', present('a 3', { matching: /^a / }), 'a 3\na 2\n'],
    ['[x]\n[y]\n', present('a', { after: /x/ }), '[x]\na\n[y]\n'],
    ['[x]\n[y]\n', present('a', { before: /y/ }), '[x]\na\n[y]\n'],
    ['[x]\n', present('a', { before: /none/ }), '[x]\na\n'],
    ['x', present('a', { before: /x/ }), 'a\nx'],
    ['a\nb\na\n', absent('a'), 'b\n'],
    ['a 1\nb\na 2', absent('none', { matching: /^a/ }), 'b\n'],
    ['\n\n', present('a'), '\n\na\n'],
    ['a', present('', { matching: /./ }), '\n'],
    ['a\rb\n', present('a'), 'a\rb\na\n'],
  ])('%j with %j is %j', (text, edit, wanted) => {
    expect(editLine(text, edit)).toBe(wanted)
  })

  const line = fc.string({ unit: 'binary', maxLength: 8 }).map(text => text.replaceAll(/[\r\n]/g, ''))
  const text = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 8 }).chain(lines =>
    fc.boolean().map(open =>
      lines
        .flat()
        .slice(0, open ? -1 : undefined)
        .join(''),
    ),
  )
  const edits = fc.record({
    line,
    state: fc.constantFrom('present' as const, 'absent' as const),
    matching: fc.constantFrom(undefined, /^a/u, /^$/u, /./u),
    after: fc.constantFrom(undefined, /b/u),
    before: fc.constantFrom(undefined, /c/u),
  })
  const linesOf = (whole: string) => whole.replace(/\r?\n$/, '').split(/\r?\n/)

  it('is there afterwards or is not, and editing twice is editing once', () => {
    fc.assert(
      fc.property(text, edits, (before, edit) => {
        const after = editLine(before, edit)
        expect(editLine(after, edit)).toBe(after)
        if (edit.state === 'present') expect(linesOf(after)).toContain(edit.line)
        else if (after !== '') expect(linesOf(after)).not.toContain(edit.line)
      }),
    )
  })

  it('leaves every other line as it was', () => {
    fc.assert(
      fc.property(text, line, (before, added) => {
        fc.pre(before === '' || before.endsWith('\n'))
        const after = editLine(before, present(added))
        if (linesOf(before).includes(added) && before !== '') expect(after).toBe(before)
        else expect(after.startsWith(before)).toBe(true)
        if (!linesOf(before).includes(added)) expect(editLine(after, absent(added))).toBe(before)
      }),
    )
  })
})
