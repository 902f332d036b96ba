import { describe, expect, test, vi } from 'vitest'
import { call } from '../../../cli/harness.ts'
import { needs } from '../../../support/needs.ts'
import { house, soon } from './house.ts'

const options = { ...needs('mosquitto'), timeout: 30_000 }
const always = Array.from({ length: 10_000 })

/** Says something until it is heard: a subscription may come a moment after the connection. */
async function firstHeard({ says, told }: Awaited<ReturnType<typeof house>>, value: number) {
  await vi.waitFor(async () => {
    await says('closet/temperature', value)
    expect(told('closet/temperature')).toEqual([value])
  }, soon)
}

describe('readings of sensors that watches in AWS look at', options, () => {
  test('go to EventBridge: the first at once, a crossing at once, and what is quiet not', async () => {
    const scene = await house({ metrics: '127.0.0.1:0' })
    const { events, loaded, told, says, up } = scene
    const { daemon, forward } = await up()
    await firstHeard(scene, 50)
    for (const value of [51, 52, 53, 71]) await says('closet/temperature', value)
    await vi.waitFor(() => expect(told('closet/temperature')).toEqual([50, 71]), soon)
    await says('closet/temperature', 'hot')
    await vi.waitFor(() => expect(told('closet/temperature')).toEqual([50, 71, 'unparseable']), soon)
    // Of what the daemon watches itself AWS hears nothing.
    await says('closet/fan', 3)
    await says('rooms/attic', 20)
    await vi.waitFor(() => expect(told('rooms')).toEqual([20]), soon)
    expect(told('closet/fan')).toEqual([])
    const sent = { v: 1, sensor: 'rooms', topic: 'rooms/attic', at: expect.any(Number), value: 20 }
    expect(events.events.at(-1)).toEqual({
      bus: 're-ops',
      source: 're-ops',
      detailType: 'Sensor Reading',
      detail: sent,
    })
    expect(Math.abs(events.events.at(-1)!.detail.at - Date.now())).toBeLessThan(60_000)
    const counts = { bus: 're-ops', sensors: 2, topics: 2, forwarded: 4, waiting: 0, failed: 0 }
    // It arrives there before its answer arrives here.
    await vi.waitFor(() => expect(forward()).toMatchObject(counts), soon)
    const metrics = await (await fetch(`http://${daemon.status().metrics!.at}/metrics`)).text()
    expect(metrics).toContain('reops_readings_forwarded_total 4\n')
    expect(metrics).toContain('reops_readings_waiting 0\n')
    expect(daemon.status().troubles).toEqual([])
    const { stdout, status } = await call(loaded.folder, ['status'])
    expect(stdout).toMatch(
      /\nforwarded +4 readings of 2 topics to the event bus re-ops, the last at 20[^;\n]*\n/,
    )
    expect(status).toBe(0)
  })

  test('wait while AWS is away, of each topic the last, and go when it is back', async () => {
    const scene = await house()
    const { aws, told, says, up } = scene
    const { daemon, said, forward } = await up()
    await firstHeard(scene, 50)
    aws.next('events', ...always.map(() => 'hang up' as const))
    for (const value of [71, 50, 72, 73]) await says('closet/temperature', value)
    await vi.waitFor(() => expect(forward()).toMatchObject({ waiting: 1, problem: expect.any(String) }), soon)
    expect(daemon.status().troubles).toEqual([
      expect.stringMatching(/^readings are not forwarded to EventBridge: AWS does not answer/),
    ])
    await says('closet/temperature', 74)
    aws.calm()
    await vi.waitFor(() => expect(told('closet/temperature')).toEqual([50, 74]), soon)
    await vi.waitFor(() => expect(daemon.status().troubles).toEqual([]), soon)
    expect(forward()).toMatchObject({ waiting: 0 })
    expect(said.filter(text => text.includes('EventBridge'))).toEqual([
      expect.stringContaining('it is tried again'),
      'readings are forwarded to EventBridge again',
    ])
  })

  test('are no more than there are topics, however much is said and however long nobody answers', async () => {
    const scene = await house()
    const { aws, events, says, up } = scene
    const { forward } = await up()
    await firstHeard(scene, 50)
    aws.next('events', ...always.map(() => 'throttle' as const))
    for (let round = 0; round < 100; round++)
      await Promise.all(Array.from({ length: 25 }, (_, room) => says(`rooms/${room}`, round)))
    // What is heard last tells that all else was heard.
    await says('rooms/last', 99)
    await vi.waitFor(() => expect(forward()).toMatchObject({ topics: 27, waiting: 26 }), soon)
    aws.calm()
    await vi.waitFor(() => expect(forward()).toMatchObject({ waiting: 0 }), soon)
    const rooms = events.events.filter(({ detail }) => detail.sensor === 'rooms')
    expect(rooms).toHaveLength(26)
    // A call under way may have had ten of before.
    expect(rooms.filter(({ detail }) => detail.value === 99).length).toBeGreaterThanOrEqual(16)
  })

  test('that EventBridge does not take with others go again; what it refuses is told, and hinders none', async () => {
    const scene = await house()
    const { events, told, says, up } = scene
    const { daemon, said, forward } = await up()
    await firstHeard(scene, 50)
    events.nextEntries('InternalFailure', 'ThrottlingException', undefined)
    await says('closet/temperature', 71)
    await vi.waitFor(() => expect(told('closet/temperature')).toEqual([50, 71]), soon)
    expect(forward().failed).toBe(2)
    events.nextEntries('NotAuthorizedForSourceException')
    await says('rooms/a', 20)
    await vi.waitFor(() => expect(forward()).toMatchObject({ failed: 3, waiting: 1 }), soon)
    await says('rooms/b', 21)
    await vi.waitFor(() => expect(told('rooms')).toEqual([21]), soon)
    expect(daemon.status().troubles).toEqual([expect.stringContaining('may not do events:PutEvents')])
    expect(said.filter(text => text.includes('a reading of rooms is not forwarded'))).toHaveLength(1)
  })

  test('are kept back while there is no bus, which would swallow them', async () => {
    const { events, told, says, up } = await house({ buses: [] })
    const { daemon, forward } = await up()
    await vi.waitFor(async () => {
      await says('closet/temperature', 50)
      expect(forward().problem).toMatch(/no event bus re-ops in region eu-central-1.*reops deploy makes it/)
    }, soon)
    expect(daemon.status().troubles).toHaveLength(1)
    events.buses.add('re-ops')
    await vi.waitFor(() => expect(told('closet/temperature')).toEqual([50]), soon)
    await vi.waitFor(() => expect(daemon.status().troubles).toEqual([]), soon)
  })

  test('go by who may put and not look whether there is a bus', async () => {
    const scene = await house()
    const { WireError } = await import('../../../fakes/aws/wire.ts')
    scene.aws.next('events DescribeEventBus', new WireError('AccessDeniedException', 'not authorized', 400))
    await scene.up()
    await firstHeard(scene, 50)
    await scene.says('closet/temperature', 71)
    await vi.waitFor(() => expect(scene.told('closet/temperature')).toEqual([50, 71]), soon)
    // It is not asked each time.
    expect(scene.aws.callsOf('events').filter(name => name === 'DescribeEventBus')).toHaveLength(1)
  })

  test('are told with a warning by a machine whose clock AWS would not believe', async () => {
    const scene = await house()
    const { daemon } = await scene.up()
    scene.events.skewMs = -75_000
    await firstHeard(scene, 50)
    const warning = expect.stringMatching(/^this machine's clock is 7[45] s ahead of AWS's/)
    await vi.waitFor(() => expect(daemon.status().troubles).toEqual([warning]), soon)
    scene.events.skewMs = 0
    await scene.says('closet/temperature', 71)
    await vi.waitFor(() => expect(daemon.status().troubles).toEqual([]), soon)
  })

  test('that a daemon could not tell are told by the next one, though AWS never answered', async () => {
    const scene = await house()
    const { aws, events, told, says, up } = scene
    const first = await up()
    await firstHeard(scene, 50)
    aws.next('events PutEvents', ...always.map(() => 'never answer' as const))
    await says('closet/temperature', 71)
    await vi.waitFor(() => expect(aws.callsOf('events').length).toBeGreaterThan(2), soon)
    await first.end()
    expect(first.said.join()).not.toContain('did not end in time')
    aws.calm()
    // It was written down, and is told though nobody says anything.
    const second = await up()
    await vi.waitFor(() => expect(told('closet/temperature')).toEqual([50, 71]), soon)
    const [before, after] = events.events.map(({ detail }) => detail.at)
    expect(after).toBeGreaterThan(before)
    expect(after).toBeLessThanOrEqual(Date.now())
    await second.end()
  })
})
