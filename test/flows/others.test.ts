import { describe, expect, test } from 'vitest'
import * as flows from '../../flows/index.ts'
import { compile } from '../../src/compile/compile.ts'
import { isFlow } from '../../src/core/flow.ts'
import type { Json } from '../../src/core/json.ts'
import type { SpotPrices } from '../../src/operations/spot/index.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { sensorsIn, watchesIn, wemosIn } from '../../src/run/triggers-in.ts'
import { fakeProvider } from '../fakes/provider.ts'
import { scene } from '../operations/systems/scene.ts'

const { plex, plexIsOn, plexOff, plexOn, sayPlexOn } = flows
const { awsSpots, batchToKvm, batchToSpots, localKvm } = flows

describe('the flows that come with it', () => {
  test('compile, every one, and the watches and switches start them', () => {
    const known = flowsIn(flows)
    for (const [name, flow] of known)
      expect(Object.keys(compile(flow, name).machine.States), name).not.toEqual([])
    const started = [
      ...[...watchesIn(flows).values()].flatMap(({ flow, onClear }) => [flow, onClear]),
      ...wemosIn(flows).flatMap(({ on, off }) => [on, off]),
    ]
    for (const one of started) if (one !== undefined) expect([...known.values()]).toContain(one.flow)
    expect([...watchesIn(flows).keys()].sort()).toEqual(['aws-spots', 'local-kvm', 'sunny', 'too-hot'])
    expect([...sensorsIn(flows).keys()].sort()).toEqual(['closet/temperature', 'solar/power'])
  })

  test('show the order in which a closet is shut down in the machine', () => {
    const { machine } = compile(flows.stopCloset, 'stopCloset')
    const names = Object.keys(machine.States).filter(name => /^(who|stop|email)/.test(name))
    expect(names).toEqual([
      'who is on',
      'stop guests',
      'stop containers',
      'stop hosts',
      expect.stringMatching(/^email/),
    ])
  })
})

describe('plex', () => {
  test('is started, stopped and asked for at a word', async () => {
    const s = scene()
    await s.have('plex-1', { type: 'plex', state: 'stopped' })
    await s.have('redis-1', { type: 'redis', state: 'stopped' })
    const isOn = async () => plex.state?.kind === 'flow' && plex.state.value(await s.run(plexIsOn, {}))
    expect(await isOn()).toBe(false)
    expect(await s.run(plexOn, {})).toEqual({ speech: 'plex is on' })
    expect(await s.standing()).toEqual(['plex-1 running', 'redis-1 stopped'])
    expect(await isOn()).toBe(true)
    expect(await s.run(plexOff, {})).toEqual({ speech: 'plex is off' })
    expect(await s.standing()).toEqual(['plex-1 stopped', 'redis-1 stopped'])
    s.provider.disturb('start', new Error('no memory'))
    expect(await s.run(plexOn, {})).toEqual({ speech: 'plex did not start' })
  })

  test('hears the same by the skill and by the switch', () => {
    expect(plex.name).toBe('plex')
    expect([plex.on.flow, plex.off.flow]).toEqual([plexOn, plexOff])
    expect(sayPlexOn.flow).toBe(plexOn)
    expect(sayPlexOn.words['en-US']?.samples).toContain('turn plex on')
    expect(isFlow(plexIsOn)).toBe(true)
  })
})

describe('the batch', () => {
  const prices = (price: number | undefined) =>
    ({
      cheapest: price === undefined ? [] : [{ type: 't3.medium', zone: 'a', price }],
    }) as unknown as SpotPrices

  test.each([
    [0.0057, true, false],
    [0.0058, false, true],
    [0.0059, false, true],
  ])('at $%s an hour is where it is cheaper', (price, onSpots, atHome) => {
    const read = (watch: typeof awsSpots) =>
      watch.source.kind === 'poll' && watch.rules.when(watch.source.value(prices(price)))
    expect([read(awsSpots), read(localKvm)]).toEqual([onSpots, atHome])
  })

  test('stays where it is while nobody tells a price, which is asked for each hour', () => {
    for (const { source } of [awsSpots, localKvm]) {
      expect(source).toMatchObject({ kind: 'poll', flow: flows.spotNow, everyMs: 3_600_000 })
      expect(source.kind === 'poll' && source.value(prices(undefined))).toBeUndefined()
    }
  })

  test('moves from one to the other, and nothing else is destroyed', async () => {
    const ec2 = fakeProvider({ name: 'ec2' })
    const s = scene({ providers: { ec2 } })
    await s.have('batch-home-1', { tags: ['batch'], node: 'iron-1' })
    await s.have('keep-1', { tags: ['other'], node: 'iron-1' })
    const there = await s.run(batchToSpots, {} as Json)
    expect(there.failure).toEqual([])
    expect(await s.standing()).toEqual(['batch-spot-1 running', 'batch-spot-2 running', 'keep-1 running'])
    await s.run(batchToKvm, {} as Json)
    expect(await s.standing()).toEqual(['batch-home-1 running', 'batch-home-2 running', 'keep-1 running'])
    expect(ec2.machines.size).toBe(0)
  })
})
