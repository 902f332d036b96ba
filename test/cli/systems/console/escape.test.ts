import { expect, test } from 'vitest'
import { watchForLeave } from '../../../../src/cli/systems/console/escape.ts'
import fc from '../../../support/fast-check.ts'

/** Types text in pieces; answers what went on, and whether it left. */
function typed(...pieces: string[]) {
  const watch = watchForLeave()
  let passed = ''
  for (const piece of pieces) {
    const { bytes, leave } = watch(Buffer.from(piece, 'latin1'))
    passed += bytes.toString('latin1')
    if (leave) return { passed, left: true }
  }
  return { passed, left: false }
}

test.each([
  [['~.'], '', true],
  [['~', '.'], '', true],
  [['ls\r~.'], 'ls\r', true],
  [['ls\n', '~', '.rest'], 'ls\n', true],
  [['a\u001db'], 'a', true],
  [['~\u001d'], '', true],
  [['ls ~.'], 'ls ~.', false],
  [['~~.'], '~.', false],
  [['~~\r~~'], '~\r~', false],
  [['~/bin\r'], '~/bin\r', false],
  [['~', '\r', '~.'], '~\r', true],
  [['\u0003\u0004'], '\u0003\u0004', false],
])('%j', (pieces, passed, left) => {
  expect(typed(...pieces)).toEqual({ passed, left })
})

test('how typing is cut into pieces makes no difference, and without an escape nothing is lost', () => {
  const keys = fc.array(fc.constantFrom('a', '~', '.', '\r', '\n', '\u0003'), { maxLength: 30 })
  fc.assert(
    fc.property(keys, keys => {
      const whole = typed(keys.join(''))
      expect(typed(...keys)).toEqual(whole)
      if (!/(^|[\r\n])~/.test(keys.join(''))) expect(whole).toEqual({ passed: keys.join(''), left: false })
    }),
  )
})
