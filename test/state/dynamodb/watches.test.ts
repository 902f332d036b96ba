import { describe, expect, test } from 'vitest'
import { AwsBusy } from '../../../src/core/aws-errors/errors.ts'
import type { CloudWatchStore } from '../../../src/core/watches/cloud/record.ts'
import { TableMissing } from '../../../src/state/dynamodb/index.ts'
import { openDynamoWatches, type WatchesOptions } from '../../../src/state/dynamodb/watches/store.ts'
import { answerWatch } from '../../../src/triggers/watch/cloud/keep.ts'
import { heat, told, watchOn } from '../../triggers/watch/cloud/world.ts'
import { cloudWatchStoreTests, decisionOf, recordOf } from '../cloud-watches.ts'
import { hasty, useDynamo } from './table.ts'

const { aws, dynamo, table } = useDynamo()
const open = (name: string, options: Partial<WatchesOptions> = {}) =>
  openDynamoWatches({
    table: name,
    region: 'eu-central-1',
    endpoint: aws().endpoint,
    clock: hasty,
    ...options,
  })

cloudWatchStoreTests(async () => {
  const name = await table()
  return () => open(name)
})

const itemsOf = async (name: string) => {
  const { Items } = await dynamo().ask<{ Items: Record<string, { S?: string; N?: string }>[] }>('Scan', {
    TableName: name,
  })
  return Items
}
const put = (name: string, item: object) => dynamo().ask('PutItem', { TableName: name, Item: item })

describe('in the table', () => {
  test('all keys begin with watches/, and decisions go after ninety days', async () => {
    const name = await table()
    const store = await open(name)
    await store.write('hot', recordOf(1), undefined, { decision: decisionOf(1, true) })
    const settled = [{ at: decisionOf(1).at, key: 'hot-x-1', carried: 'started' as const }]
    await store.write('hot', recordOf(1), (await store.read('hot'))?.revision, {
      decision: decisionOf(2),
      settled,
    })
    await store.decisions('hot')
    store.close()
    const items = await itemsOf(name)
    expect(items.map(({ pk, expires }) => [pk?.S, expires?.N]).toSorted()).toEqual([
      ['watches/decisions', String(Math.ceil(decisionOf(1).at / 1_000 + 90 * 86_400))],
      ['watches/decisions', String(Math.ceil(decisionOf(2).at / 1_000 + 90 * 86_400))],
      ['watches/state', undefined],
    ])
    // Nothing was asked that the function's role, which is bound to these keys, does not let it ask.
    const asked = aws().calls.filter(({ json }) => JSON.stringify(json).includes(name))
    expect(new Set(asked.map(({ action }) => action))).toEqual(
      new Set(['TransactWriteItems', 'GetItem', 'Query']),
    )
    for (const { json } of asked)
      for (const pk of JSON.stringify(json).matchAll(/"(?::pk|pk)":\{"S":"([^"]*)"/g))
        expect(pk[1]).toMatch(/^watches\//)
  })

  test.each([
    ['no JSON', '{', 'it is no JSON'],
    ['of a newer version', JSON.stringify({ ...recordOf(1), v: 2, more: 1 }), 'v: '],
    ['of nothing', undefined, 'it is no JSON'],
  ])('what is %s is not taken for nothing: it says so, and may be written over', async (_, record, why) => {
    const name = await table()
    await put(name, {
      pk: { S: 'watches/state' },
      sk: { S: 'hot' },
      stamp: { S: 's' },
      ...(record !== undefined && { record: { S: record } }),
    })
    const store = await open(name)
    const kept = await store.read('hot')
    expect(kept?.record).toBeUndefined()
    expect(kept?.unreadable).toContain(why)
    expect(await store.write('hot', recordOf(1), undefined)).toBe('conflict')
    expect(await store.write('hot', recordOf(1), kept?.revision)).toBe('done')
    store.close()
  })

  test('a decision that can not be read is left out and told of', async () => {
    const name = await table()
    const notices: string[] = []
    const store = await open(name, { notice: text => void notices.push(text) })
    await store.write('hot', recordOf(1), undefined, { decision: decisionOf(1) })
    await put(name, {
      pk: { S: 'watches/decisions' },
      sk: { S: `hot#${decisionOf(2).at}#x` },
      decision: { S: '{}' },
    })
    expect(await store.decisions('hot')).toEqual([decisionOf(1)])
    expect(notices).toEqual(["1 decisions of watch hot can't be read"])
    store.close()
  })

  test('more than an item holds is refused by name, and nothing is written', async () => {
    const name = await table()
    const store = await open(name)
    const record = { ...recordOf(1), trouble: 'x'.repeat(409_000) }
    await expect(store.write('hot', record, undefined)).rejects.toMatchObject({ name: 'WatchTooLarge' })
    expect(await itemsOf(name)).toEqual([])
    store.close()
  })

  test('that is not there, or busy for long, is told of', async () => {
    const missing = await open('nothing-state')
    await expect(missing.read('hot')).rejects.toThrow(TableMissing)
    missing.close()
    const store = await open(await table())
    aws().next('dynamodb GetItem', ...Array(12).fill('throttle'))
    await expect(store.read('hot')).rejects.toThrow(AwsBusy)
    aws().calm()
    store.close()
  })

  test('a write whose answer was lost is done once', async () => {
    const store = await open(await table())
    for (const action of ['PutItem', 'TransactWriteItems']) {
      aws().next(`dynamodb ${action}`, 'do it, then hang up')
      const revision = (await store.read('hot'))?.revision
      const decision = action === 'PutItem' ? undefined : decisionOf(1)
      expect(await store.write('hot', recordOf(1), revision, { decision })).toBe('done')
    }
    expect(await store.decisions('hot')).toHaveLength(1)
    store.close()
  })
})

describe('many who decide at once', () => {
  const hot = watchOn(heat, { cooldown: '1h' })
  const signal = new AbortController().signal
  const hear = (store: CloudWatchStore, number: number, notice: (text: string) => void = () => {}) =>
    answerWatch(
      hot,
      {
        ...{ do: 'decide', watch: 'hot', execution: `e${number}`, looks: 0 },
        reading: told(80 + number, Date.now() + number),
      },
      { store, clock: hasty, signal, notice },
    )

  test('decide one after the other: one acts, and all are answered its action', async () => {
    const name = await table()
    const stores = await Promise.all([1, 2, 3, 4, 5].map(() => open(name)))
    const answers = await Promise.all(stores.map((store, number) => hear(store, number)))
    expect(answers.filter(({ code }) => code === 'act')).toHaveLength(1)
    expect(new Set(answers.map(({ action }) => action?.key)).size).toBe(1)
    const [store] = stores
    expect(await store!.decisions('hot', { acted: true })).toHaveLength(1)
    for (const one of stores) one.close()
  })

  test('begin anew where what was remembered can not be read, say so, and go on with what was still to do', async () => {
    const name = await table()
    const store = await open(name)
    const { action } = await hear(store, 1)
    await put(name, {
      pk: { S: 'watches/state' },
      sk: { S: 'hot' },
      stamp: { S: 's' },
      record: { S: '{"v":9}' },
    })
    const notices: string[] = []
    const answer = await hear(store, 2, text => void notices.push(text))
    expect(notices).toEqual([
      expect.stringMatching(/^watch hot begins anew, for what it remembered can't be read: v: /),
    ])
    expect(answer).toMatchObject({
      code: 'act',
      action: { key: action?.key },
      why: expect.stringContaining('begins anew'),
    })
    const [last] = await store.decisions('hot', { limit: 1 })
    expect(last?.why).toContain('begins anew')
    expect(last?.action?.key).not.toBe(action?.key)
    store.close()
  })
})
