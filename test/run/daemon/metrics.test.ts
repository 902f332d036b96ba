import { expect, test } from 'vitest'
import { daemonMetrics } from '../../../src/run/daemon/metrics.ts'
import type { DaemonStatus } from '../../../src/run/daemon/status.ts'
import { createBoard } from '../../../src/triggers/watch/board.ts'

test('a scrape asks once how the daemon is, and the next one anew', () => {
  let asked = 0
  const { expose } = daemonMetrics({
    executor: { counts: () => ({ running: 0, succeeded: 0, failed: 0 }) } as never,
    watches: { board: createBoard(), now: () => 0 } as never,
    sensors: [],
    status: () => {
      asked++
      const watches = [{ name: 'hot', phase: 'calm', said: 'calm' }]
      return { troubles: Array(asked).fill('one'), schedules: [], watches } as unknown as DaemonStatus
    },
  })
  expect(expose()).toMatch(/^reops_troubles 1$/m)
  expect(asked).toBe(1)
  expect(expose()).toMatch(/^reops_troubles 2$/m)
  expect(asked).toBe(2)
})
