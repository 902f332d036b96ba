import { expect, test } from 'vitest'
import { Cancellation, Cancelled } from '../../src/executor/cancellation.ts'
import { alarm, pause, systemClock, watchHeartbeat } from '../../src/executor/timers.ts'
import { fakeClock } from './fake-clock.ts'

test('the system clock sleeps, and wakes with the reason of its signal', async () => {
  const before = systemClock.now()
  await systemClock.sleep(5)
  expect(systemClock.now()).toBeGreaterThanOrEqual(before + 4)
  const controller = new AbortController()
  const sleeping = systemClock.sleep(60_000, controller.signal)
  controller.abort(new Error('up'))
  await expect(sleeping).rejects.toThrow('up')
  await expect(systemClock.sleep(60_000, AbortSignal.abort(new Error('never slept')))).rejects.toThrow(
    'never slept',
  )
})

test('a sleep beyond what a timer holds does not end at once', async () => {
  const controller = new AbortController()
  const sleeping = systemClock.sleep(2 ** 33, controller.signal)
  const first = await Promise.race([
    sleeping.catch(() => 'woken'),
    systemClock.sleep(20).then(() => 'still asleep'),
  ])
  controller.abort(new Error('done'))
  expect(first).toBe('still asleep')
  await expect(sleeping).rejects.toThrow('done')
})

test('a pause ends with why it was cancelled', async () => {
  const cancellation = new Cancellation()
  const pausing = pause(fakeClock(), 60_000, cancellation)
  cancellation.cancel(new Cancelled('aborted', 'by hand'))
  await expect(pausing).rejects.toThrow('by hand')
  await expect(pause(fakeClock(), 1, cancellation)).rejects.toThrow('by hand')
})

test('an alarm that is switched off does not ring', async () => {
  const clock = fakeClock()
  const rung: string[] = []
  alarm(clock, 10, () => rung.push('first'))
  alarm(clock, 5, () => rung.push('second'))()
  await clock.sleep(20)
  expect(rung).toEqual(['first'])
})

test('a heartbeat puts off the end by its whole length', async () => {
  const clock = fakeClock(0)
  let rung = 0
  const watch = watchHeartbeat(clock, 10, () => {
    rung = clock.now()
  })
  await clock.sleep(8)
  watch.beat()
  await clock.sleep(9)
  expect(rung).toBe(0)
  await clock.sleep(5)
  expect(rung).toBe(18)
})

test('a cancellation reaches what is below it and nothing above', () => {
  const root = new Cancellation()
  const child = new Cancellation(root)
  const sibling = new Cancellation(root)
  sibling.close()
  child.cancel(new Cancelled('sibling', 'one failed'))
  expect(root.reason).toBeUndefined()
  root.cancel(new Cancelled('aborted', 'all'))
  expect(child.reason?.why).toBe('sibling')
  expect(sibling.reason).toBeUndefined()
  expect(new Cancellation(root).reason?.message).toBe('all')
})
