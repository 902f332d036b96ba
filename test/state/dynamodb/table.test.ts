import { describe, expect, test } from 'vitest'
import {
  AwsBusy,
  AwsCredentials,
  AwsDenied,
  AwsRefused,
  AwsUnreachable,
} from '../../../src/core/aws-errors/errors.ts'
import { InvalidConfig } from '../../../src/core/errors.ts'
import { UnreadableSystem } from '../../../src/core/systems/store.ts'
import { explain } from '../../../src/state/dynamodb/explain.ts'
import { SystemTooLarge, TableMissing } from '../../../src/state/dynamodb/index.ts'
import { openTable } from '../../../src/state/dynamodb/table.ts'
import { WireError } from '../../fakes/aws/wire.ts'
import { idOf, systemOf } from '../systems.ts'
import { useDynamo } from './table.ts'

const { aws, dynamo, table, open } = useDynamo()
const author = { by: 'create', at: 1 }
const asked = { table: 'a-state', region: async () => 'eu-central-1' }

describe('a table', () => {
  test('that there is not is told of with the way to it', async () => {
    const store = await open('nothing-state')
    const refused = store.list()
    await expect(refused).rejects.toThrow(TableMissing)
    await expect(refused).rejects.toThrow('no table nothing-state in eu-central-1: run reops deploy')
    await store.close()
  })

  test('is asked again after what was wrong once', async () => {
    const store = await open(await table())
    aws().next('dynamodb Query', new WireError('ValidationException', 'not now'))
    await expect(store.list()).rejects.toThrow(AwsRefused)
    expect(await store.list()).toEqual([])
    await store.close()
  })

  test('that may only be read is read, whatever an import left in it', async () => {
    const name = await table()
    const head = { pk: { S: 'systems/imports' }, sk: { S: 'broken' }, state: { S: 'decided' } }
    await dynamo().ask('PutItem', { TableName: name, Item: head })
    const store = await open(name)
    const denied = new WireError('AccessDeniedException', 'User: x may not dynamodb:BatchWriteItem')
    aws().next('dynamodb BatchWriteItem', denied)
    expect(await store.list()).toEqual([])
    aws().next('dynamodb TransactWriteItems', denied)
    await expect(store.add(systemOf(1), author)).rejects.toThrow(AwsDenied)
    await store.close()
  })

  test('without credentials says how to come by some', async () => {
    const { AWS_ACCESS_KEY_ID: id, ...others } = process.env
    process.env = { ...others, AWS_SHARED_CREDENTIALS_FILE: '/nonexistent', AWS_CONFIG_FILE: '/nonexistent' }
    try {
      const store = await open('any')
      const refused = store.get(idOf(1))
      await expect(refused).rejects.toThrow(AwsCredentials)
      await expect(refused).rejects.toThrow('AWS_PROFILE')
      await store.close()
    } finally {
      process.env = { ...others, AWS_ACCESS_KEY_ID: id }
    }
  })

  test('that throttles is asked more slowly', async () => {
    const store = await open(await table())
    await store.add(systemOf(1), author)
    aws().next('dynamodb GetItem', 'throttle')
    expect((await store.get(idOf(1)))?.hostname).toBe('web-1')
    await store.close()
  })

  test('may hold what is others’, which is neither seen nor touched', async () => {
    const name = await table()
    const foreign = { pk: { S: 'watches/night' }, sk: { S: 'state' }, on: { BOOL: true } }
    await dynamo().ask('PutItem', { TableName: name, Item: foreign })
    const store = await open(name)
    await store.add(systemOf(1), author)
    const dump = await store.dump(1)
    expect(dump.systems).toHaveLength(1)
    await store.restore(dump, { replace: true }, author)
    await store.remove(idOf(1), 1, author)
    const { Item } = await dynamo().ask<{ Item: object }>('GetItem', {
      ...{ TableName: name, Key: { pk: foreign.pk, sk: foreign.sk } },
    })
    expect(Item).toEqual(foreign)
    await store.close()
  })

  test.each([
    ['CredentialsProviderError', 'Could not load credentials', AwsCredentials],
    ['ExpiredTokenException', 'The security token is expired', AwsCredentials],
    ['UnrecognizedClientException', 'The security token is invalid', AwsCredentials],
    ['AccessDeniedException', 'not authorized', AwsDenied],
    ['ThrottlingException', 'Rate exceeded', AwsBusy],
    ['ProvisionedThroughputExceededException', 'too much', AwsBusy],
    ['TransactionCanceledException', 'cancelled [ValidationError]', AwsRefused],
    ['ValidationException', 'no', AwsRefused],
    ['InternalServerError', 'oops', AwsBusy],
    ['Error', 'connect ECONNREFUSED 127.0.0.1:1', AwsUnreachable],
    ['TimeoutError', 'socket hang up', AwsUnreachable],
    ['Error', 'Region is missing', InvalidConfig],
  ])('answers %s (%s) as an error of its own', async (name, message, kind) => {
    const thrown = Object.assign(new Error(message), { name })
    const told = await explain(thrown, { ...asked, call: 'Query' })
    expect(told).toBeInstanceOf(kind)
    expect(told.cause).toBe(thrown)
  })

  test('says of what changes something that nobody knows whether it was done, and of what was refused not', async () => {
    const say = async (name: string, changes: boolean) => {
      const thrown = Object.assign(new Error('said'), { name })
      return (await explain(thrown, { ...asked, call: 'PutItem', changes })).message
    }
    const unknown = 'whether dynamodb:PutItem of the table a-state was done is not known'
    for (const name of ['InternalServerError', 'TimeoutError']) {
      expect(await say(name, true)).toContain(unknown)
      expect(await say(name, false)).not.toContain(unknown)
    }
    expect(await say('ThrottlingException', true)).not.toContain(unknown)
  })
})

describe('what an item can’t hold', () => {
  test('is refused by the system’s name, and nothing is written', async () => {
    const store = await open(await table())
    const large = { page: 'ü'.repeat(300_000) }
    const refused = store.add(systemOf(1, { args: large }), author)
    await expect(refused).rejects.toThrow(SystemTooLarge)
    await expect(refused).rejects.toThrow(/^what is kept of web-1 \(sys-0+1\) takes 600,\d{3} bytes/)
    await store.add(systemOf(1), author)
    await expect(store.change(idOf(1), 1, { args: large }, author)).rejects.toThrow(SystemTooLarge)
    expect(await store.get(idOf(1))).toMatchObject({ revision: 1 })
    expect(await store.history(idOf(1))).toHaveLength(1)
    await store.close()
  })

  test('is as large as it may be, in a change too', async () => {
    const store = await open(await table())
    await store.add(systemOf(1, { args: { page: 'x'.repeat(350_000) } }), author)
    const changed = await store.change(idOf(1), 1, { stage: 'x' }, author)
    expect(changed.args?.page).toHaveLength(350_000)
    await store.close()
  })
})

test('a system that can’t be read is told of once and left out of lists and exports', async () => {
  const name = await table()
  const heard: UnreadableSystem[] = []
  const store = await open(name, { onUnreadable: error => heard.push(error) })
  for (const number of [1, 2]) await store.add(systemOf(number), author)
  const Key = { pk: { S: 'systems/records' }, sk: { S: idOf(1) } }
  await dynamo().ask('UpdateItem', {
    ...{ TableName: name, Key, UpdateExpression: 'SET #system = :cut' },
    ...{ ExpressionAttributeNames: { '#system': 'system' } },
    ExpressionAttributeValues: { ':cut': { S: '{"id": "cut o' } },
  })
  expect((await store.list()).map(({ hostname }) => hostname)).toEqual(['web-2'])
  expect(heard).toHaveLength(1)
  expect((await store.dump(1)).systems).toHaveLength(1)
  expect(heard).toHaveLength(2)
  await expect(store.get(idOf(1))).rejects.toThrow(UnreadableSystem)
  await expect(store.add(systemOf(3, { hostname: 'web-1' }), author)).rejects.toThrow(idOf(1))
  await store.close()
})

test('a list without an end is given up', async () => {
  const more = { Items: [], LastEvaluatedKey: { pk: { S: 'a' }, sk: { S: 'b' } } }
  const client = { query: async () => more, config: { region: async () => 'eu-central-1' } }
  const endless = openTable({ client: client as never, name: 'a-state', pause: async () => {} })
  await expect(endless.query({ pk: 'systems/records' })).rejects.toThrow(
    /a-state has more than 1000 pages of systems\/records/,
  )
})

test('a list of more than a page is whole', async () => {
  const store = await open(await table())
  for (let number = 1; number <= 6; number++)
    await store.add(systemOf(number, { args: { page: 'x'.repeat(250_000) } }), author)
  expect((await store.list()).map(({ hostname }) => hostname)).toEqual(
    [1, 2, 3, 4, 5, 6].map(number => `web-${number}`),
  )
  expect(await store.list({ where: 'type', types: ['none'] })).toEqual([])
  expect(await store.list({ where: 'state', states: [] })).toEqual([])
  await store.close()
})
