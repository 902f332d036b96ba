import { describe, expect, test } from 'vitest'
import { call, project } from '../harness.ts'

const flows = `
import { cron, every, exec, flow, hosts, hypervisor, once, pipe, poll, schedule, source, stop, systems } from 're-ops'
import * as z from 'zod'

const input = z.strictObject({})
export const still = flow({ input, steps: source('nothing') })
export const asleep = flow({ input, steps: pipe(systems(hypervisor('ec2')), stop()) })
export const watched = flow({
  input,
  steps: pipe(poll(exec(hosts(['foo']), 'true'), out => out.failure.length === 0, '10s', '1m')),
})
export const often = schedule(still, every.minutes(5), {}, { overlap: true, runs: 'cloud' })
export const nightly = schedule(asleep, every.day('22:00', 'Europe/Berlin'), {}, { runs: 'cloud' })
export const later = schedule(asleep, once('2099-01-31T22:00:00'), {}, { runs: 'cloud' })
export const off = schedule(watched, cron('0 9 * * ? *'), {}, { enabled: false, runs: 'cloud' })
export const atHome = schedule(still, every.minutes(1), {})
`

const costs = async (...words: string[]) => {
  const folder = await project({ 'flows/index.ts': flows })
  const { status, stdout, stderr } = await call(folder, ['cost', ...words])
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}
const told = async (...words: string[]) => JSON.parse(await costs('--json', ...words))

describe('reops cost', () => {
  test('prices a month of each flow at its schedules', async () => {
    const { flows, dollarsPerMonth, dollarsPerMonthBeyondFreeTier, pricesOf } = await told()
    expect(pricesOf).toBe('us-east-1')
    const [still, asleep, watched] = flows
    expect(still).toMatchObject({ flow: 'still', executionsPerMonth: 8_766, functions: [] })
    // A start and a state each time, and the firing.
    expect(still.month).toMatchObject({ transitions: 2 * 8_766, requests: 0, firings: 8_766, looks: 0 })
    expect(still.dollarsPerMonth).toBeCloseTo((2 * 8_766 * 25 + 8_766) / 1e6, 8)
    expect(asleep.schedules).toEqual([
      {
        schedule: 'nightly',
        expression: 'cron(0 22 * * ? *)',
        timezone: 'Europe/Berlin',
        enabled: true,
        runs: 'cloud',
        firingsPerMonth: 30.4375,
      },
      expect.objectContaining({
        schedule: 'later',
        expression: 'at(2099-01-31T22:00:00)',
        firingsPerMonth: 0,
      }),
    ])
    expect(asleep.functions).toMatchObject([
      { function: 'ec2', requests: 2, gigabyteSeconds: 15 },
      { function: 'store', requests: 1 },
    ])
    // One that may not overlap is looked at before it starts.
    expect(asleep.month.looks).toBeCloseTo(30.4375)
    expect(watched).toMatchObject({ executionsPerMonth: 0, dollarsPerMonth: 0 })
    expect(watched.dollarsPerThousand).toBeGreaterThan(0)
    expect(watched.transitions.most).toBeGreaterThan(watched.transitions.usual)
    const sum = flows.reduce(
      (total: number, one: { dollarsPerMonth: number }) => total + one.dollarsPerMonth,
      0,
    )
    expect(dollarsPerMonth).toBeCloseTo(sum, 10)
    expect(dollarsPerMonthBeyondFreeTier).toBeLessThan(dollarsPerMonth)
  })

  test('is of the flows that are named, in a region that is named', async () => {
    const { flows, region } = await told('still', '--region', 'eu-central-1')
    expect(region).toBe('eu-central-1')
    expect(flows.map(({ flow }: { flow: string }) => flow)).toEqual(['still'])
  })

  test('tells a person in a table, and whose prices they are', async () => {
    const text = await costs()
    expect(text).toMatch(/^FLOW +TRANSITIONS +CALLS +SCHEDULES/)
    expect(text).toMatch(/^still +2 \/ 2 \/ 2 +0 +often, atHome \(at home\) +8766 +\$0\.4471/m)
    expect(text).toMatch(/^watched .* off \(off\) +- +\$0 /m)
    expect(text).toContain('list prices of us-east-1, 2025-06-01')
  })

  test('refuses a flow and a region that it does not know', async () => {
    const folder = await project({ 'flows/index.ts': flows })
    expect(await call(folder, ['cost', 'nightly'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('nightly'),
    })
    expect(await call(folder, ['cost', '--region', 'toString'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--region takes us-east-1 or eu-central-1'),
    })
  })

  test('refuses a schedule of a flow that is not exported', async () => {
    const hidden = flows.replace('export const still', 'const still')
    const folder = await project({ 'flows/index.ts': hidden })
    const { status, stderr } = await call(folder, ['cost'])
    expect(status).not.toBe(0)
    expect(stderr).toContain('the schedule often starts a flow that is not exported')
  })
})

describe('reops cost of watches that AWS keeps', () => {
  const watches = `${flows}
import { sensor, watch } from 're-ops'
const heat = sensor('closet/temperature', z.number(), { name: 'heat', maxAge: '10m' })
const act = { when: () => true, flow: still, runs: 'cloud' }
export const tooHot = watch('too-hot', { sensor: heat, ...act })
export const cheap = watch('cheap', { poll: { flow: still, every: '5m' }, ...act })
export const home = watch('home', { sensor: heat, ...act, runs: 'daemon' })
`
  const cost = async (...words: string[]) =>
    call(await project({ 'flows/index.ts': watches }), ['cost', ...words])

  test('is that of a month in which they have nothing to do, and part of the sum', async () => {
    const said = JSON.parse((await cost('--json')).stdout)
    expect(said.watches).toMatchObject([
      // A reading in a third of its maxAge: a start and three states each.
      { watch: 'too-hot', looksAt: 'heat', transitions: 4, executionsPerMonth: 13_149 },
      // A start, four states, and the flow that it asks.
      { watch: 'cheap', looksAt: 'still', transitions: 7, executionsPerMonth: 8_766 },
    ])
    expect(said.watches[0].month).toMatchObject({ transitions: 4 * 13_149, requests: 13_149, firings: 0 })
    expect(said.watches[1].month).toMatchObject({ transitions: 7 * 8_766, requests: 8_766, firings: 8_766 })
    const parts = [...said.flows, ...said.watches].map((one: any) => one.dollarsPerMonth)
    expect(said.dollarsPerMonth).toBeCloseTo(
      parts.reduce((sum, one) => sum + one),
      8,
    )
  })

  test('stands in a table of its own, where there are such', async () => {
    expect((await cost()).stdout).toMatch(/WATCH +LOOKS AT[^\n]*\n.*too-hot +heat +4 +13149 +\$1\.3/s)
    expect((await cost('still')).stdout).not.toContain('too-hot')
    expect(await costs()).not.toContain('WATCH')
  })
})
