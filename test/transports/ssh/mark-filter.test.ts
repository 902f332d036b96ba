import { describe, expect, test } from 'vitest'
import { createMarkFilter } from '../../../src/transports/ssh/mark-filter.ts'
import fc from '../../support/fast-check.ts'

function filter(chunks: readonly string[]) {
  const pids: number[] = []
  const marks = createMarkFilter('MARK', pid => pids.push(pid))
  const out = [...chunks.map(chunk => marks.push(Buffer.from(chunk))), marks.rest()]
  return { pids, text: Buffer.concat(out).toString(), first: out[0]?.toString() }
}

describe('the line with the process id', () => {
  test('is taken out however the bytes are cut', () => {
    const whole = 'noise of the login\nMARK 4711\nerror of the command\nand more'
    fc.assert(
      fc.property(fc.array(fc.nat(whole.length), { maxLength: 6 }), cuts => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
        const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end))
        const { pids, text } = filter(chunks)
        expect(pids).toEqual([4711])
        expect(text).toBe('noise of the login\nerror of the command\nand more')
      }),
    )
  })

  test('may be missing: everything else still comes, whole lines at once', () => {
    const { pids, text, first } = filter(['a line\nhalf', ' of another'])
    expect(first).toBe('a line\n')
    expect(text).toBe('a line\nhalf of another')
    expect(pids).toEqual([])
  })
})
