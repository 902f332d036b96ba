import { expect, test } from 'vitest'
import { openSystemStore } from '../../../src/state/sqlite/index.ts'
import { idOf } from '../systems.ts'
import { useFolder } from './folder.ts'
import { runProcess } from './processes/run.ts'

const { fresh, open } = useFolder()
const owners = ['one', 'two', 'three']
const times = 60

test('of processes that want a lease one gets it, and only under it a system is changed', {
  timeout: 60_000,
}, async () => {
  const file = fresh()
  const ended = await Promise.all(
    owners.map(owner => runProcess('contender', file, owner, String(times)).end),
  )
  expect(ended.map(({ how, errors }) => ({ how, errors }))).toEqual(
    owners.map(() => ({ how: 0, errors: '' })),
  )
  const told = ended.flatMap(({ told }) => told)

  for (let tick = 1; tick <= times; tick++) {
    const answers = told.filter(({ single }) => single === tick)
    expect(answers).toHaveLength(owners.length)
    expect(answers.filter(({ taken }) => taken)).toHaveLength(1)
    expect(new Set(answers.map(({ holder }) => holder)).size).toBe(1)
  }

  const grants = told.filter(({ tick }) => tick !== undefined).sort((a, b) => a.fence - b.fence)
  // One a tick, in the order of the clock, whoever had it.
  const ticks = grants.map(({ tick }) => tick)
  expect(ticks).toEqual([...new Set(ticks)].sort((a, b) => a - b))
  expect(new Set(grants.map(({ fence }) => fence)).size).toBe(grants.length)

  const store = openSystemStore(open(file))
  const kept = (await store.history(idOf(0))).map(({ after }) => Number(after.stage))
  expect(kept).toEqual(kept.toSorted((a, b) => a - b))
  const changed = told.flatMap(({ changed }) => changed ?? [])
  expect(changed.length).toBeGreaterThan(0)
  expect(changed.filter(fence => !kept.includes(fence))).toEqual([])
})
