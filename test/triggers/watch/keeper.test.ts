import { afterEach, describe, expect, test } from 'vitest'
import type { Flow } from '../../../src/core/flow.ts'
import type { Json } from '../../../src/core/json.ts'
import { sensor } from '../../../src/core/sensor.ts'
import { type Watch, watch } from '../../../src/core/watch.ts'
import type { WatchStore } from '../../../src/core/watches/state.ts'
import { type Database, openReadingStore, openWatchStore } from '../../../src/state/sqlite/index.ts'
import { createBoard } from '../../../src/triggers/watch/board.ts'
import { createKeeper, type KeeperPorts } from '../../../src/triggers/watch/keeper.ts'
import { createRecorder } from '../../../src/triggers/watch/recorder.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { useFolder } from '../../state/sqlite/folder.ts'
import { minute, noted } from './make.ts'

const { fresh, open } = useFolder()
const heat = sensor('closet/temperature', { maxAge: '10m', unit: '°C' })
const tooHot = watch('too-hot', {
  sensor: heat,
  when: value => value > 70,
  on: 'edge',
  for: '5m',
  clears: value => value < 60,
  cooldown: '30m',
  flow: noted,
  input: value => ({ value }),
  onClear: noted,
})

interface Started {
  readonly name: string
  readonly input: Json
}

/** A house with a clock of its own, in which keepers come and go. */
function house(watches: readonly Watch[] = [tooHot]) {
  const clock = manualClock()
  const time = { jumped: 0, boot: 'first' }
  const database: Database = open(fresh())
  const started: Started[] = []
  const notices: string[] = []
  const world = {
    fails: 0,
    ask: async (): Promise<unknown> => 1,
  }
  /** As the executions' store does: a name is started once. */
  const startFlow = async (_flow: Flow, input: Json, { name }: { readonly name: string }) => {
    if (world.fails-- > 0) throw new Error('the database is busy')
    if (!started.some(one => one.name === name)) started.push({ name, input })
  }
  const begin = async (change: (store: WatchStore) => WatchStore = store => store, ports = {}) => {
    const board = createBoard()
    const store = change(openWatchStore(database))
    const keeper = createKeeper(watches, {
      clock,
      store,
      board,
      startFlow,
      askFlow: () => world.ask(),
      nameOf: () => 'noted',
      notice: text => void notices.push(text),
      time: {
        wall: () => clock.now() + time.jumped,
        monotonic: () => clock.now() % 1e9,
        boot: time.boot,
      },
      ...ports,
    } satisfies KeeperPorts)
    await keeper.start()
    const tell = async (value: number) => {
      const at = keeper.steady.now()
      board.put(heat.name, heat.topic, { known: true, value, at, until: at + 10 * minute })
      await clock.advance(100)
    }
    const close = async () => {
      const closed = keeper.close()
      await clock.advance(1)
      await closed
    }
    closing.push(close)
    return { keeper, board, tell, store, close }
  }
  return { clock, time, begin, started, notices, world, database }
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

describe('a keeper of watches', () => {
  test('acts when the dwell is over, without another reading, with the value as input', async () => {
    const { begin, clock, started } = house()
    const { tell, store } = await begin()
    await tell(71)
    await clock.advance(4 * minute)
    expect(started).toEqual([])
    await clock.advance(minute)
    expect(started).toEqual([{ name: expect.stringMatching(/^too-hot-[0-9a-z]+-1$/), input: { value: 71 } }])
    await clock.advance(60 * minute)
    expect(started).toHaveLength(1)
    const codes = store.decisions({ watch: 'too-hot' }).map(({ code }) => code)
    expect(codes).toEqual(['unknown', 'act', 'waiting', 'unknown'])
    expect(store.unsettled()).toEqual([])
  })

  test('reverses when it has cleared', async () => {
    const { begin, clock, started } = house()
    const { tell } = await begin()
    for (let count = 0; count < 6; count++) {
      await tell(71)
      await clock.advance(minute)
    }
    await tell(50)
    expect(started).toHaveLength(1)
    for (let count = 0; count < 6; count++) {
      await tell(50)
      await clock.advance(5 * minute)
    }
    expect(started.map(({ input }) => input)).toEqual([{ value: 71 }, {}])
  })

  test('goes on with its dwell where another process left it', async () => {
    const { begin, clock, started } = house()
    const first = await begin()
    await first.tell(71)
    await clock.advance(2 * minute)
    await first.close()
    await clock.advance(2 * minute)
    const second = await begin()
    await second.tell(72)
    await clock.advance(0.9 * minute)
    expect(started).toEqual([])
    await clock.advance(0.2 * minute)
    expect(started).toHaveLength(1)
  })

  test.each([
    ['as it is', 0, 1],
    ['set back by an hour', -60 * minute, 1],
  ])('knows after a restart what was known before, by a clock that is %s', async (_, jump, acts) => {
    const { begin, clock, started, time, database } = house()
    const recorder = createRecorder(openReadingStore(database), () => {})
    const first = await begin(store => store, { recorder })
    await first.tell(71)
    recorder.record(
      { sensor: heat.name, topic: heat.topic, keepSeconds: 10 },
      first.board.current(heat, 0),
      clock.now(),
    )
    await clock.advance(2 * minute)
    await first.close()
    time.jumped = jump
    const second = await begin(store => store, { recorder })
    await clock.advance(2 * minute)
    expect(started).toEqual([])
    await clock.advance(1.1 * minute)
    expect(started).toHaveLength(acts)
    // It is no younger than it is.
    await clock.advance(6 * minute)
    expect(second.board.current(heat, second.keeper.steady.now())).toMatchObject({
      known: false,
      reason: 'stale',
    })
    await recorder.close()
  })

  test.each([
    ['forward', 60 * minute],
    ['back', -60 * minute],
  ])('is not moved by a clock that is set %s by an hour', async (_, jump) => {
    const { begin, clock, started, time } = house()
    const { tell, close } = await begin()
    await tell(71)
    time.jumped = jump
    await tell(71)
    await clock.advance(4.5 * minute)
    expect(started).toEqual([])
    await close()
    const second = await begin()
    await second.tell(71)
    await clock.advance(minute)
    expect(started).toHaveLength(1)
    time.jumped = 0
    await second.tell(50)
    await second.tell(75)
    await clock.advance(9 * minute)
    expect(started).toHaveLength(1)
  })

  test('goes by the wall clock after a restart of the machine, and never back', async () => {
    const { begin, clock, started, time } = house()
    const first = await begin()
    await first.tell(71)
    await clock.advance(minute)
    await first.close()
    time.boot = 'second'
    time.jumped = -60 * minute
    const second = await begin()
    await second.tell(71)
    await clock.advance(3.9 * minute)
    expect(started).toEqual([])
    await clock.advance(minute)
    expect(started).toHaveLength(1)
  })

  test('does once what a process decided that died before it did it, or before it said so', async () => {
    const { begin, clock, started, world } = house()
    // It is as if it died: nothing that is decided is done.
    world.fails = Number.POSITIVE_INFINITY
    const first = await begin()
    await first.tell(71)
    await clock.advance(5 * minute)
    await first.close()
    expect(started).toEqual([])
    expect(first.store.unsettled()).toHaveLength(1)
    world.fails = 0
    const deaf = (store: WatchStore): WatchStore => ({
      ...store,
      settle: () => Promise.reject(new Error('died')),
    })
    const second = await begin(deaf)
    await clock.advance(1_000)
    await second.close()
    expect(started).toHaveLength(1)
    const third = await begin()
    await clock.advance(1_000)
    expect(started).toHaveLength(1)
    expect(third.store.unsettled()).toEqual([])
  })

  test('lets go of what was decided too long ago, and says so', async () => {
    const { begin, clock, started, world, notices } = house()
    world.fails = Number.POSITIVE_INFINITY
    const first = await begin()
    await first.tell(71)
    await clock.advance(5 * minute)
    await first.close()
    world.fails = 0
    await clock.advance(20 * minute)
    const { store } = await begin()
    await clock.advance(1_000)
    expect(started).toEqual([])
    expect(store.decisions({ acted: true })).toMatchObject([{ action: { carried: 'lapsed' } }])
    expect(notices.at(-1)).toMatch(/more than 15 minutes ago/)
  })

  test('tries again to start what can not be started, and gives up', async () => {
    const { begin, clock, started, world, notices } = house()
    world.fails = 2
    const { tell, store } = await begin()
    await tell(71)
    await clock.advance(6 * minute)
    expect(started).toHaveLength(1)
    world.fails = Number.POSITIVE_INFINITY
    await tell(50)
    await clock.advance(9 * minute)
    await tell(50)
    await clock.advance(9 * minute)
    await tell(50)
    await clock.advance(9 * minute)
    await tell(50)
    await clock.advance(9 * minute)
    expect(store.decisions({ acted: true })[0]).toMatchObject({
      code: 'reverse',
      action: { carried: 'failed', problem: 'the database is busy' },
    })
    expect(notices.filter(text => text.includes('busy'))).toHaveLength(3)
  })

  test('does nothing that it can not write down, and decides it again when it can', async () => {
    const { begin, clock, started, notices } = house()
    let full = false
    const failing = (store: WatchStore): WatchStore => ({
      ...store,
      save: (...args) => (full ? Promise.reject(new Error('no space')) : store.save(...args)),
    })
    const { tell } = await begin(failing)
    await tell(71)
    full = true
    await clock.advance(6 * minute)
    expect(started).toEqual([])
    expect(notices).toEqual([expect.stringMatching(/can't be written: no space/)])
    full = false
    await clock.advance(3_000)
    expect(started).toHaveLength(1)
  })

  test('says so when it has known nothing for longer than its sensor may be silent', async () => {
    const { begin, clock } = house()
    const { keeper, tell } = await begin()
    expect(keeper.troubles()).toEqual([])
    await tell(20)
    await clock.advance(19 * minute)
    expect(keeper.troubles()).toEqual([])
    await clock.advance(2 * minute)
    expect(keeper.troubles()).toEqual([
      expect.stringMatching(/^watch too-hot has known nothing for 1\d min.*: the last reading is 2\d min/),
    ])
    await tell(20)
    expect(keeper.troubles()).toEqual([])
  })

  test('says so of a sensor that never spoke, and waits a while for the first word', async () => {
    const { begin, clock } = house()
    const { keeper } = await begin()
    await clock.advance(9 * minute)
    expect(keeper.troubles()).toEqual([])
    await clock.advance(2 * minute)
    expect(keeper.troubles()).toEqual([expect.stringContaining('nothing came yet')])
  })

  test('keeps the decisions of a flood few', async () => {
    const { begin, clock, started, database } = house()
    const { board, keeper } = await begin()
    for (let count = 0; count < 400; count++) {
      const at = keeper.steady.now()
      const value = count % 2 === 0 ? 71 : 20
      board.put(heat.name, heat.topic, { known: true, value, at, until: at + minute })
      await clock.advance(10)
    }
    expect(started).toEqual([])
    expect(Number(database.prepare('SELECT count(*) AS n FROM watch_decisions').get()?.n)).toBeLessThan(12)
  })
})

describe('a watch that asks', () => {
  const price = watch('price', {
    poll: { flow: noted, every: '1h', value: output => (output as { usd?: number }).usd },
    when: usd => usd < 0.0058,
    on: 'edge',
    cooldown: '2h',
    flow: noted,
  })

  test('asks at once and every hour, and acts on what it hears', async () => {
    const { begin, clock, started, world } = house([price])
    const answers: unknown[] = [{ usd: 0.01 }, { usd: 0.005 }, { usd: 0.004 }]
    let asked = 0
    world.ask = async () => answers[asked++]
    await begin()
    await clock.advance(1_000)
    expect([asked, started.length]).toEqual([1, 0])
    await clock.advance(60 * minute)
    expect([asked, started.length]).toEqual([2, 1])
    await clock.advance(60 * minute)
    expect([asked, started.length]).toEqual([3, 1])
  })

  test.each([
    ['fails', () => Promise.reject(new Error('throttled')), /throttled/],
    ['says nothing', async () => ({}), /says nothing/],
    ['says what is no value', async () => ({ usd: Number.NaN }), /says NaN/],
  ])('knows nothing where it %s', async (_, ask, why) => {
    const { begin, clock, started, world } = house([price])
    world.ask = ask
    const { keeper } = await begin()
    await clock.advance(1_000)
    expect(started).toEqual([])
    expect(JSON.stringify(keeper.status())).toMatch(why)
  })
})
