import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { SystemStore } from '../../../src/core/systems/store.ts'
import type { WireCall } from '../../fakes/aws/wire.ts'
import { idOf, systemOf } from '../systems.ts'
import { useDynamo } from './table.ts'

const { aws, table, open } = useDynamo()
const page = readFileSync(path.join(import.meta.dirname, '../../../docs/state.md'), 'utf8')
const at = { by: 'x', at: 1 }
const one = idOf(1)

type Case = readonly [string, (store: SystemStore) => Promise<unknown>]

/** In this order; each finds what those before left. */
const cases: readonly Case[] = [
  ['the first use of a store, besides what it does', store => store.list({ where: 'id', ids: [] })],
  ['add', store => store.add(systemOf(1), at)],
  ['get', store => store.get(one)],
  ['find', store => store.find('web-1')],
  ['list', store => store.list()],
  ['list by ids', store => store.list({ where: 'id', ids: [one, idOf(2)] })],
  ['acquire', store => store.acquire(one, 'me', 'stop', 10_000, 0)],
  ['acquire what somebody holds', store => store.acquire(one, 'you', 'stop', 10_000, 0)],
  ['renew', async store => store.renew(one, await fenceOf(store), 10_000, 0)],
  [
    'change under a lease',
    async store => store.change(one, 1, { state: 'running' }, { ...at, fence: await fenceOf(store) }),
  ],
  ['holder', store => store.holder(one, 1)],
  ['holders', store => store.holders(1)],
  ['release', async store => store.release(one, await fenceOf(store))],
  ['change', store => store.change(one, 2, { stage: 'x' }, at)],
  ['rename', store => store.change(one, 3, { hostname: 'other' }, at)],
  ['history', store => store.history(one)],
  ['remove', store => store.remove(one, 4, at)],
  ['export', store => store.dump(1)],
  ['import of one system', async store => store.restore(await dumpOf(store), { replace: false }, at)],
]

test('operations ask the table as often as the page says', async () => {
  const store = await open(await table())
  const rows: string[] = []
  for (const [name, work] of cases) {
    // What a case asks before it does what it is about is asked of another store.
    prepared = 0
    const before = aws().calls.length
    await work(store)
    const asked = aws().calls.slice(before + prepared)
    const line = (writing: boolean) => tell(asked.filter(call => writes.has(call.action) === writing))
    rows.push(`| ${name} | ${line(false)} | ${line(true)} |`.replaceAll('|  |', '| |'))
  }
  await store.close()
  const told = page.split('\n').filter(row => row.startsWith('| ') && !/^\| (operation|---)/.test(row))
  expect(rows).toEqual(told.slice(-rows.length))
})

let prepared = 0
const writes = new Set(['PutItem', 'UpdateItem', 'TransactWriteItems', 'BatchWriteItem'])

async function fenceOf(store: SystemStore): Promise<number> {
  const before = aws().calls.length
  const { fence } = (await store.holder(one, 0))!
  prepared += aws().calls.length - before
  return fence
}

async function dumpOf(store: SystemStore) {
  const before = aws().calls.length
  const dump = await store.dump(1)
  prepared += aws().calls.length - before
  const system = { ...systemOf(5), revision: 1, createdAt: 1, updatedAt: 1 }
  return { ...dump, history: [], systems: [system] }
}

function tell(calls: readonly WireCall[]): string {
  const kinds = Map.groupBy(calls, ({ action, json }) => {
    const items: number | undefined = json.TransactItems?.length ?? keysOf(json)
    return items === undefined ? action : `${action} of ${items}`
  })
  return [...kinds].map(([kind, { length }]) => (length === 1 ? kind : `${length} ${kind}`)).join(', ')
}

function keysOf({ RequestItems }: WireCall['json']): number | undefined {
  return RequestItems && (Object.values(RequestItems)[0] as { Keys?: unknown[] }).Keys?.length
}
