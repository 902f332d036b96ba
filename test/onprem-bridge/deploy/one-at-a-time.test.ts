import { expect, test } from 'vitest'
import { oneAtATime } from '../../../onprem-bridge/deploy/one-at-a-time.ts'

const never = new AbortController().signal

test('work about one name is done in turn, about others at once, and what fails lets the next begin', async () => {
  const alone = oneAtATime()
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const one = alone('foo', never, async () => {
    await first.promise
    done.push('first')
    throw new Error('oops')
  })
  const two = alone('foo', never, async () => void done.push('second'))
  await alone('bar', never, async () => void done.push('other'))
  expect(done).toEqual(['other'])
  first.resolve()
  await expect(one).rejects.toThrow('oops')
  await two
  expect(done).toEqual(['other', 'first', 'second'])
})

test('whoever waits may be cancelled, and those behind still wait for the one before', async () => {
  const alone = oneAtATime()
  const done: string[] = []
  const first = Promise.withResolvers<void>()
  const one = alone('foo', never, async () => {
    await first.promise
    done.push('first')
  })
  const cancel = new AbortController()
  const two = alone('foo', cancel.signal, async () => void done.push('second'))
  const three = alone('foo', never, async () => void done.push('third'))
  cancel.abort()
  await expect(two).rejects.toMatchObject({ code: 'cancelled' })
  expect(done).toEqual([])
  first.resolve()
  await Promise.all([one, three])
  expect(done).toEqual(['first', 'third'])
})
