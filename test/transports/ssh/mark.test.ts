import { expect, test } from 'vitest'
import { makeMark } from '../../../src/transports/ssh/mark.ts'

test('a mark is never said twice, and is a word to a shell and a file', () => {
  const marks = Array.from({ length: 1_000 }, makeMark)
  expect(new Set(marks).size).toBe(1_000)
  expect(marks.filter(mark => !/^reops-[\w-]{12}$/.test(mark))).toEqual([])
})
