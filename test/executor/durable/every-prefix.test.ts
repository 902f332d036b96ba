import { describe, expect, test } from 'vitest'
import { observe, type Seen, type Subject, threads } from './resumable.ts'
import { subjects } from './subjects.ts'

/** What is the same whether or not an execution was interrupted. */
const whole = ({ result, endedAt }: Seen) => ({ result, endedAt })

async function goOnAfterEach(subject: Subject, whenResumed: (n: number, whole: Seen, resumed: Seen) => void) {
  const uninterrupted = await observe(subject)
  for (let length = 0; length <= uninterrupted.entries.length; length++) {
    const entries = uninterrupted.entries.slice(0, length)
    whenResumed(length, uninterrupted, await observe(subject, { entries }))
  }
}

describe.each(Object.entries(subjects))('%s', (_name, subject) => {
  test('ends the same and at the same time, wherever its process ended', async () => {
    await goOnAfterEach(subject, (length, uninterrupted, resumed) => {
      const at = `after ${length}: ${uninterrupted.entries[length - 1]?.event.type}`
      // Without its start in the journal, chance is another.
      if (length === 0) expect(resumed.result.status).toBe(uninterrupted.result.status)
      else expect({ at, ...whole(resumed) }).toEqual({ at, ...whole(uninterrupted) })
    })
  })

  test('calls again only what was interrupted, and nothing that had ended', async () => {
    await goOnAfterEach(subject, (length, uninterrupted, resumed) => {
      if (length === 0) return
      const ended = uninterrupted.entries
        .slice(0, length)
        .filter(({ event }) => /^Task(?:Succeeded|Failed|TimedOut)$/.test(event.type)).length
      const most = uninterrupted.calls.length - ended
      expect(resumed.calls.length).toBeLessThanOrEqual(most)
      for (const call of resumed.calls) expect(uninterrupted.calls).toContain(call)
    })
  })

  test('reads like one that was never interrupted', async () => {
    await goOnAfterEach(subject, (length, uninterrupted, resumed) => {
      if (length === 0) return
      const all = [...uninterrupted.entries.slice(0, length), ...resumed.entries]
      const ids = new Map<string, number[]>()
      for (const { execution, event } of all) ids.set(execution, [...(ids.get(execution) ?? []), event.id])
      for (const told of ids.values()) expect(told).toEqual(told.map((_, index) => index + 1))
      expect({ length, ...threads(all) }).toEqual({ length, ...threads(uninterrupted.entries) })
    })
  })
})
