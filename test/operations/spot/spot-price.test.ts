import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { awsSettingsSchema } from '../../../src/core/aws.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { spotPrice } from '../../../src/operations/spot/index.ts'
import { tellPrices } from '../../../src/operations/spot/tell.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { wirePrices } from '../../../src/run/prices.ts'
import { type FakeEc2, fakeEc2 } from '../../fakes/aws/ec2.ts'
import { type Aws, awsEnvironment, startAws, WireError } from '../../fakes/aws/wire.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'
import fc from '../../support/fast-check.ts'

Object.assign(process.env, awsEnvironment)

const noon = Date.parse('2030-01-02T12:00:00Z')
const hour = 3_600_000
/** It is always noon, and waits take their time. */
const clock = { ...systemClock, now: () => noon }

let aws: Aws
let ec2: FakeEc2
let close: () => Promise<void>
let run: <O>(operation: Operation<any, O>) => Promise<O>
beforeEach(async () => {
  ec2 = fakeEc2()
  aws = await startAws(ec2)
  const settings = awsSettingsSchema.parse({ region: 'eu-central-1', endpoint: aws.endpoint })
  const runtime = localRuntime({
    hosts: scriptedHosts({}, clock),
    prices: wirePrices(settings),
    store: memoryStore(),
    clock,
    out: { publish: () => {} },
    progress: () => {},
    nameOf: () => undefined,
  })
  run = async operation => (await runtime.submit(operation, undefined, {})).result()
  close = () => runtime.close()
})
afterEach(async () => {
  await close()
  await aws.end()
})

const price = (zone: string, hoursAgo: number, usd: string, type = 't4g.micro') =>
  void ec2.prices.push({ type, zone, at: noon - hoursAgo * hour, price: usd })

test('tells prices now and as they changed, from the change before the span on, the cheapest first', async () => {
  price('eu-central-1a', 80, '0.009')
  price('eu-central-1a', 30, '0.003')
  price('eu-central-1a', 12, '0.004000')
  price('eu-central-1a', 6, '0.005')
  price('eu-central-1a', -1, '0.001')
  price('eu-central-1b', 50, '0.002')
  ec2.prices.push({
    type: 't4g.micro',
    zone: 'eu-central-1b',
    at: noon - hour,
    price: '9',
    product: 'Windows',
  })
  ec2.pageSize = 1
  const told = await run(spotPrice('t4g.micro', ['eu-central-1a', 'eu-central-1b', 'eu-central-1c']))
  const at = (hoursAgo: number) => new Date(noon - hoursAgo * hour).toISOString()
  expect(told).toEqual({
    currency: 'USD',
    from: at(24),
    until: at(0),
    pools: [
      {
        type: 't4g.micro',
        zone: 'eu-central-1a',
        price: 0.005,
        history: [
          { at: at(30), price: 0.003 },
          { at: at(12), price: 0.004 },
          { at: at(6), price: 0.005 },
        ],
        average: (0.003 * 12 + 0.004 * 6 + 0.005 * 6) / 24,
      },
      {
        type: 't4g.micro',
        zone: 'eu-central-1b',
        price: 0.002,
        history: [{ at: at(50), price: 0.002 }],
        average: 0.002,
      },
      { type: 't4g.micro', zone: 'eu-central-1c', price: null, history: [], average: null },
    ],
    cheapest: [
      { type: 't4g.micro', zone: 'eu-central-1b', price: 0.002 },
      { type: 't4g.micro', zone: 'eu-central-1a', price: 0.005 },
    ],
  })
  expect(aws.callsOf('ec2').length).toBeGreaterThan(3)
})

test('asks the region of each zone', async () => {
  await run(spotPrice('t4g.micro', ['eu-central-1a', 'us-west-2-lax-1a', 'eu-central-1b'], { hours: 1 }))
  expect(aws.calls.map(({ region, query }) => [region, query.get('Filter.1.Value.2')]).sort()).toEqual([
    ['eu-central-1', 'eu-central-1b'],
    ['us-west-2', null],
  ])
})

test('is a task of the cloud with one permission', () => {
  const { step } = spotPrice('t4g.micro', 'eu-central-1a')
  expect(step).toMatchObject({
    definition: {
      site: 'cloud',
      effect: 'read',
      functionName: 'SpotFunction',
      permissions: [{ actions: ['ec2:DescribeSpotPriceHistory'] }],
    },
    label: 'spot price of t4g.micro in eu-central-1a over 24h',
  })
})

describe('what can not be told', () => {
  test.each([
    ['a word that is no type', () => spotPrice('micro', 'eu-central-1a')],
    ['a region for a zone', () => spotPrice('t4g.micro', 'eu-central-1')],
    ['no type at all', () => spotPrice([], 'eu-central-1a')],
    ['a type twice', () => spotPrice(['t4g.micro', 't4g.micro'], 'eu-central-1a')],
    ['more than AWS remembers', () => spotPrice('t4g.micro', 'eu-central-1a', { hours: 2_161 })],
  ])('is refused when it is written: %s', (_what, write) => {
    expect(write).toThrow(expect.objectContaining({ name: 'InvalidArguments' }))
  })

  test('is a type that AWS does not have', async () => {
    await expect(run(spotPrice('t4.micro-', 'eu-central-1a'))).rejects.toMatchObject({
      error: 'UnknownSpotPool',
      message: expect.stringContaining('describe-instance-type-offerings'),
    })
  })

  test.each([
    ['ExpiredToken', 'log in again'],
    ['UnauthorizedOperation', 'permission'],
  ])('is what %s keeps from us', async (code, advice) => {
    aws.next('ec2 DescribeSpotPriceHistory', new WireError(code, 'No.', 403))
    await expect(run(spotPrice('t4g.micro', 'eu-central-1a'))).rejects.toMatchObject({
      error: 'PricesUnavailable',
      message: expect.stringContaining(advice),
    })
  })

  test('is what a listing without an end would say', async () => {
    aws.next('ec2 DescribeSpotPriceHistory', new WireError('InvalidNextToken', 'No.'))
    await expect(run(spotPrice('t4g.micro', 'eu-central-1a'))).rejects.toMatchObject({
      error: 'PricesUnavailable',
    })
  })
})

test('whatever is recorded, a history begins with what held as the span began, in order, and ends with the price', () => {
  const record = fc.record({
    type: fc.constantFrom('a.b', 'c.d'),
    zone: fc.constantFrom('x', 'y'),
    at: fc.integer({ min: -100, max: 200 }),
    price: fc.constantFrom(1, 2, 3),
  })
  const asked = { types: ['a.b', 'c.d'], zones: ['x', 'y'], from: 0, until: 100 }
  fc.assert(
    fc.property(fc.uniqueArray(record, { selector: one => `${one.type}${one.zone}${one.at}` }), records => {
      const told = tellPrices(asked, records)
      expect(told.pools).toHaveLength(4)
      for (const { type, zone, price: now, history, average } of told.pools) {
        const own = records.filter(one => one.type === type && one.zone === zone && one.at <= 100)
        const last = own.sort((a, b) => a.at - b.at).at(-1)
        expect(now).toBe(last?.price ?? null)
        expect(history.at(-1)?.price ?? null).toBe(now)
        const times = history.map(({ at }) => Date.parse(at))
        expect(times).toEqual([...times].sort((a, b) => a - b))
        expect(times.filter(at => at <= 0).length).toBeLessThanOrEqual(1)
        if (own.some(({ at }) => at <= 0)) expect(times[0]).toBeLessThanOrEqual(0)
        if (average !== null) {
          const prices = history.map(one => one.price)
          expect(average).toBeGreaterThanOrEqual(Math.min(...prices))
          expect(average).toBeLessThanOrEqual(Math.max(...prices))
        }
      }
      const prices = told.cheapest.map(one => one.price)
      expect(prices).toEqual([...prices].sort((a, b) => a - b))
    }),
  )
})
