import { expect, test } from 'vitest'
import { scriptOf } from '../../../src/transports/ssm/script.ts'

test('an address that was signed is no word of a program that others there can see', () => {
  const url = 'https://data.s3.amazonaws.com/lent/1?X-Amz-Signature=secret'
  const script = scriptOf(['cat'], undefined, {
    ...{ mark: 'mark', user: undefined, limit: 1_000 },
    input: { kind: 'fetched', url },
  })
  const lines = script.split('\n').filter(line => line.includes('secret'))
  expect(lines).toHaveLength(2)
  // The words of curl, and of each wget that can do without.
  const words = lines.join('\n').match(/(?:curl|wget) [^|;}]*/g) ?? []
  expect(words.filter(word => word.includes('secret'))).toEqual([
    expect.stringMatching(/^wget -q -T 60 -O "\$file" '?https/),
  ])
})
