import { once } from 'node:events'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import dynalite from 'dynalite'
import { type Ask, type Attributes, openTransactions } from './dynamodb-transactions.ts'
import { jsonReply, type WireCall, type WireReply, type WireService } from './wire.ts'

export interface DynamoFake extends WireService {
  /** Makes a table with the keys `pk` and `sk`. */
  createTable(name: string): Promise<void>
  /** Asks dynalite itself, past everything that a test does to calls. */
  readonly ask: Ask
  end(): Promise<void>
}

/**
 * DynamoDB, which dynalite plays; what it lacks is added here: transactions, and what a put says of the item that
 * refused it.
 */
export async function startDynamo(): Promise<DynamoFake> {
  const server: Server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const forward = async (action: string, body: string | Buffer): Promise<WireReply & { status: number }> => {
    const request = Object.assign(Readable.from([Buffer.from(body)]), {
      method: 'POST',
      url: '/',
      headers: {
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-date': '20300101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=a/20300101/b/dynamodb/aws4_request, SignedHeaders=c, Signature=d',
      },
    })
    const { promise, resolve } = Promise.withResolvers<string>()
    const response = { statusCode: 200, setHeader: () => {}, end: resolve }
    // The call came over a wire already; another one to dynalite would take as long again.
    server.emit('request', request, response)
    const text = await promise
    return {
      status: response.statusCode,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: text,
    }
  }
  const ask = async <T>(action: string, body: object): Promise<T> => {
    const { status, body: text } = await forward(action, JSON.stringify(body))
    const answer = JSON.parse(String(text)) as T & { __type?: string; message?: string }
    if (status !== 200) throw Object.assign(new Error(answer.message ?? answer.__type), { answer, status })
    return answer
  }
  const transactions = openTransactions(ask)

  return {
    name: 'dynamodb',
    protocol: 'json',
    ask,
    async createTable(TableName) {
      const key = (AttributeName: string, KeyType: string) => ({ AttributeName, KeyType })
      await ask('CreateTable', {
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map(AttributeName => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
      })
      for (;;) {
        const { Table } = await ask<{ Table: { TableStatus: string } }>('DescribeTable', { TableName })
        if (Table.TableStatus === 'ACTIVE') return
      }
    },
    async handle({ action, body, json }: WireCall) {
      switch (action) {
        case 'TransactWriteItems':
          return transactions.write(json)
        case 'TransactGetItems':
          return transactions.get(json)
        case 'PutItem':
        case 'UpdateItem':
        case 'DeleteItem':
          return transactions.alone(json, async () => {
            const reply = await forward(action, body)
            return reply.status === 200 ? reply : withItem(reply, json, ask)
          })
        default:
          return forward(action, body)
      }
    },
    async end() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** A refused put tells what is there, where it was asked to. */
async function withItem(
  reply: WireReply,
  { TableName, Key, Item, ReturnValuesOnConditionCheckFailure: wanted }: any,
  ask: Ask,
): Promise<WireReply> {
  const said = JSON.parse(String(reply.body)) as { __type: string }
  if (wanted !== 'ALL_OLD' || !said.__type.endsWith('ConditionalCheckFailedException')) return reply
  const of = Key ?? { pk: Item.pk, sk: Item.sk }
  const found = await ask<{ Item?: Attributes }>('GetItem', { TableName, Key: of, ConsistentRead: true })
  return { ...reply, body: jsonReply({ ...said, ...found }).body! }
}
