import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openExecutionStore } from '../../../src/state/sqlite/index.ts'
import { useFolder } from './folder.ts'
import { runProcess } from './processes/run.ts'

const { fresh, open } = useFolder()
const owners = ['one', 'two', 'three']

async function compete(file: string, times: number): Promise<any[]> {
  const rivals = owners.map(owner => runProcess('rival', file, owner, String(times)))
  const ended = await Promise.all(rivals.map(({ end }) => end))
  expect(ended.map(({ how, errors }) => ({ how, errors }))).toEqual(
    owners.map(() => ({ how: 0, errors: '' })),
  )
  return ended.flatMap(({ told }) => told)
}

test('processes that take each other’s leases write only while they hold them', {
  timeout: 60_000,
}, async () => {
  const file = fresh()
  const told = await compete(file, 150)
  const started = told.flatMap(({ started }) => started ?? [])
  expect(started.sort()).toEqual(Array.from({ length: 7 }, (_, index) => `shared-${index}`))

  const store = openExecutionStore(open(file))
  const kept = store.list({}).map(({ id }) => [...store.journal(id)])
  for (const journal of kept) {
    const fences = journal.map(({ note }) => (note as { fence: number }).fence)
    expect(fences).toEqual(fences.toSorted((a, b) => a - b))
  }
  const written = told.flatMap(({ written }) => (written ? [written] : []))
  const found = new Set(
    kept.flat().map(({ event, note }) => JSON.stringify({ id: event.id, ...(note as object) })),
  )
  expect(written.filter(one => !found.has(JSON.stringify(one)))).toEqual([])
  // A flush that answered is kept, and what was refused is not.
  expect(found.size).toBe(written.length)
})

test('processes that find the same damage set the file aside once', { timeout: 60_000 }, async () => {
  const file = fresh()
  mkdirSync(path.dirname(file))
  writeFileSync(file, 'no database'.repeat(1000))
  const told = await compete(file, 5)
  expect(told.filter(({ movedTo }) => movedTo !== undefined)).toHaveLength(1)
  expect(readdirSync(path.dirname(file)).filter(name => name.includes('.damaged-'))).toHaveLength(1)
  expect(openExecutionStore(open(file)).list({})).toHaveLength(5)
})
