import { describe, expect, test } from 'vitest'
import { neutralise, neutraliseLine } from '../../../../src/operations/output/format/neutralise.ts'
import fc from '../../../support/fast-check.ts'

describe('neutralise', () => {
  test.each([
    ['\u001b[2J\u001b[H', '␛[2J␛[H'],
    ['\u001b]0;title\u0007', '␛]0;title␇'],
    ['\u009b31m', '<009b>31m'],
    ['a\u007fb', 'a␡b'],
    ['abc\rxyz', 'abc␍xyz'],
    ['one\r\ntwo\n', 'one\ntwo\n'],
    ['evil\u202etxt.exe', 'evil<202e>txt.exe'],
    ['tab\tstays', 'tab\tstays'],
    ['日本 é 👍', '日本 é 👍'],
    ['half \ud800 pair', 'half \ufffd pair'],
  ])('%j is shown as %j', (text, shown) => {
    expect(neutralise(text)).toBe(shown)
  })

  test('nothing that comes out of it can drive a terminal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(neutralise(text)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
        expect(neutraliseLine(text)).not.toMatch(/\p{Cc}/u)
      }),
    )
  })
})
