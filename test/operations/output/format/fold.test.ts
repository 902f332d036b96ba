import { describe, expect, test } from 'vitest'
import { splitTargets } from '../../../../src/cli/targets/split.ts'
import { fold } from '../../../../src/operations/output/format/fold.ts'
import fc from '../../../support/fast-check.ts'

describe('fold', () => {
  test.each([
    [['web1', 'web2', 'web3', 'db'], 'web[1-3],db'],
    [['web3', 'web1', 'web2'], 'web[1-3]'],
    [['web1', 'web3', 'web4', 'web9'], 'web[1,3-4,9]'],
    [['foo'], 'foo'],
    [['n08', 'n09', 'n10', 'n11'], 'n[08-11]'],
    [['n8', 'n9', 'n10'], 'n[8-10]'],
    [['a1.lan', 'a2.lan'], 'a[1-2].lan'],
    [['10.0.0.5', '10.0.0.6', '10.0.0.9'], '10.0.0.[5-6,9]'],
    [['rack1-n1', 'rack2-n1', 'rack3-n1'], 'rack[1-3]-n1'],
    [[], ''],
  ])('%j is %s', (names, folded) => {
    expect(fold(names)).toBe(folded)
  })

  test('what is folded can be pasted as a target and names the same hosts', () => {
    const name = fc.tuple(
      fc.constantFrom('web', 'db', 'n', 'rack1-n', '10.0.0.'),
      fc.oneof(
        fc.integer({ min: 0, max: 130 }).map(String),
        fc.constantFrom('01', '002', '09', '099', '100'),
      ),
      fc.constantFrom('', '.lan', '-b2'),
    )
    fc.assert(
      fc.property(
        fc.uniqueArray(
          name.map(parts => parts.join('')),
          { minLength: 1, maxLength: 40 },
        ),
        names => {
          expect(splitTargets(fold(names)).toSorted()).toEqual(names.toSorted())
        },
      ),
    )
  })
})
