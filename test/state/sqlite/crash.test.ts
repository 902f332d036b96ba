import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openExecutionStore } from '../../../src/state/sqlite/index.ts'
import { idsIn, startOf } from '../executions.ts'
import { useFolder } from './folder.ts'
import { runProcess } from './processes/run.ts'

const { fresh, open } = useFolder()
const lanes = 2
const databases = 5
/** So many processes are killed over each database, one after the other; each finds what the one before left. */
const kills = 10

type Acknowledged = Map<string, { last: number; finished: boolean }>

test('what was acknowledged survives 100 kills at any instant', { timeout: 120_000 }, async () => {
  const lane = async () => {
    let acknowledged = 0
    for (let database = 0; database < databases; database++) acknowledged += await killAgainAndAgain(fresh())
    return acknowledged
  }
  // All of them end before the test does, also when one fails.
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane))
  for (const one of ended) {
    if (one.status === 'rejected') throw one.reason
    expect(one.value).toBeGreaterThan(databases)
  }
})

async function killAgainAndAgain(file: string): Promise<number> {
  const acknowledged: Acknowledged = new Map()
  for (let round = 0; round < kills; round++) {
    const told = await killOne(file, `${round}`)
    for (const [name, how] of told) acknowledged.set(name, how)
    check(file, told)
  }
  check(file, acknowledged)
  return acknowledged.size
}

/** Kills it now and then while it starts and opens the database, and mostly while it writes. */
async function killOne(file: string, prefix: string): Promise<Acknowledged> {
  const writer = runProcess('writer', file, prefix)
  if (Math.random() < 0.2) await sleep(30 + Math.random() * 100)
  else await writer.hasTold(Math.random() * 5000)
  writer.kill()
  const { how, told, errors } = await writer.end
  expect({ how, errors }).toEqual({ how: 'SIGKILL', errors: '' })
  const acknowledged: Acknowledged = new Map()
  for (const { sound, name, last, finished = false } of told) {
    if (name === undefined) expect(sound).toBe(true)
    else acknowledged.set(name, { last, finished })
  }
  return acknowledged
}

function check(file: string, acknowledged: Acknowledged): void {
  const database = open(file)
  expect(database.setAside).toBeUndefined()
  const store = openExecutionStore(database)
  for (const [name, { last, finished }] of acknowledged) {
    const { id } = startOf(name)
    const ids = idsIn(store.journal(id))
    expect(ids.length).toBeGreaterThanOrEqual(last)
    expect(ids).toEqual(ids.map((_, index) => index + 1))
    const record = store.get(id)
    if (finished) expect(record).toMatchObject({ status: 'SUCCEEDED', output: name })
    else expect(record).toBeDefined()
  }
  database.close()
}
