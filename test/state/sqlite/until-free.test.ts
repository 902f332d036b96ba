import { expect, test } from 'vitest'
import { untilFree } from '../../../src/state/sqlite/until-free.ts'

const busy = () => Object.assign(new Error('database is locked'), { code: 'ERR_SQLITE_ERROR', errcode: 5 })

test('what is busy for a moment is tried again', () => {
  let left = 3
  const work = () => {
    if (left-- > 0) throw busy()
    return 'done'
  }
  expect(untilFree(5_000, work)).toBe('done')
  expect(left).toBe(-1)
})

test('what stays busy fails as it is when the time is over', () => {
  let tries = 0
  const work = () => {
    tries++
    throw busy()
  }
  expect(() => untilFree(60, work)).toThrow('database is locked')
  expect(tries).toBeGreaterThan(1)
})

test('anything else fails at once', () => {
  let tries = 0
  const work = () => {
    tries++
    throw new Error('disk I/O error')
  }
  expect(() => untilFree(5_000, work)).toThrow('disk I/O error')
  expect(tries).toBe(1)
})
