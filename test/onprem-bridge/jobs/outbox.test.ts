import { afterEach, describe, expect, test, vi } from 'vitest'
import { openTaskTokens, type TaskTokens } from '../../../onprem-bridge/jobs/index.ts'
import { type Outbox, openOutbox } from '../../../onprem-bridge/jobs/outbox.ts'
import { AnswerRefused, TokenGone } from '../../../onprem-bridge/jobs/tokens.ts'
import type { JobEnd, JobStore } from '../../../src/core/jobs.ts'
import { openJobStore, StorageFull } from '../../../src/state/sqlite/index.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { manualClock } from '../../fakes/manual-clock.ts'
import { startStepFunctions } from '../../fakes/step-functions.ts'
import { jobOf, requestOf } from '../../state/jobs.ts'
import { useFolder } from '../../state/sqlite/folder.ts'
import { useBridge } from './harness.ts'

const { fresh, open } = useFolder()
const bridge = useBridge()
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})
const keep = <T extends { close(): Promise<void> }>(one: T): T => {
  opened.push(one)
  return one
}

const hour = 3_600_000
const start = Date.parse('2030-01-01T00:00:00Z')

/** What a store holds for tokens named as their jobs. */
async function answered(store: JobStore, ends: Readonly<Record<string, Partial<JobEnd>>>): Promise<void> {
  for (const [id, end] of Object.entries(ends)) {
    await store.accept(jobOf(id, { request: requestOf({ token: id }) }))
    await store.end(id, { state: 'succeeded', endedAt: start, ...end })
  }
}

/** Step Functions without a wire: what it is told, and what it does with it. */
function told(act: (token: string, what: string) => void = () => {}) {
  const heard: string[] = []
  const say =
    (what: string) =>
    async (token: string, first = '', second = '') => {
      heard.push([what, token, first, second].filter(word => word !== '').join(' '))
      act(token, what)
    }
  const tokens: TaskTokens = {
    succeed: say('succeed'),
    fail: say('fail'),
    heartbeat: say('heartbeat'),
    close: async () => {},
  }
  return { tokens, heard }
}

/** Step Functions over a wire. */
async function wired() {
  const sfn = await startStepFunctions()
  keep({ close: sfn.end })
  const credentials = { accessKeyId: 'nobody', secretAccessKey: 'nothing' }
  const options = { region: 'eu-central-1', endpoint: sfn.endpoint, credentials, timeoutMs: 300 }
  return { sfn, tokens: keep(openTaskTokens(options)) }
}

const waitsFor = (outbox: Outbox, state: string) => vi.waitFor(() => expect(outbox.status.state).toBe(state))

describe('the outbox', () => {
  test('sends what waits, the longest waiting first, and then what comes', async () => {
    const store = openJobStore(open(fresh()))
    await answered(store, {
      later: { output: 2, endedAt: start - 1_000 },
      first: { output: null, endedAt: start - 2_000 },
      failed: { state: 'failed', error: 'Boom', cause: 'broke', endedAt: start - 500 },
    })
    const { tokens, heard } = told()
    const outbox = keep(openOutbox({ store, tokens, clock: manualClock(), random: () => 0.5 }))
    await vi.waitFor(() => expect(store.waiting()).toBe(0))
    expect(heard).toEqual(['succeed first null', 'succeed later 2', 'fail failed Boom broke'])
    await waitsFor(outbox, 'idle')
    await answered(store, { new: { state: 'unknown', error: 'Unknown', cause: 'c' } })
    outbox.wake()
    await vi.waitFor(() => expect(store.waiting()).toBe(0))
    expect(heard.at(-1)).toBe('fail new Unknown c')
    expect(outbox.status).toMatchObject({ sent: 4, lost: 0 })
  })

  test('survives hours without internet, at the cost of a call a minute, and sends all once', async () => {
    const store = openJobStore(open(fresh()))
    const ids = Array.from({ length: 50 }, (_, index) => `job-${index}`)
    await answered(store, Object.fromEntries(ids.map(id => [id, { output: id }])))
    let online = false
    const got = new Map<string, number>()
    const { tokens, heard } = told(token => {
      if (!online) throw new Error('connect ECONNREFUSED')
      got.set(token, (got.get(token) ?? 0) + 1)
    })
    const clock = manualClock(start)
    const outbox = keep(openOutbox({ store, tokens, clock, random: Math.random }))
    await clock.advance(6 * hour)
    expect(outbox.status).toMatchObject({
      state: 'cut off',
      sent: 0,
      lastError: expect.stringMatching(/ECONNREFUSED/),
    })
    expect(heard.length).toBeGreaterThan(300)
    expect(heard.length).toBeLessThan(900)
    expect(store.waiting()).toBe(50)
    online = true
    await clock.advance(10 * 60_000)
    expect(store.waiting()).toBe(0)
    expect([...got.values()]).toEqual(ids.map(() => 1))
    expect(outbox.status).toMatchObject({ state: 'idle', sent: 50, lastError: undefined })
  })

  test('goes on where a killed process stopped: sent twice is harmless', async () => {
    const file = fresh()
    const first = openJobStore(open(file))
    await answered(first, { a: { output: 1 }, b: { output: 2 } })
    const states = new Map<string, string>()
    const { tokens } = told(token => {
      if (states.has(token)) throw new TokenGone('TaskTimedOut')
      states.set(token, 'answered')
    })
    // It is killed after it has sent and before it has marked: the mark never gets into the file.
    const deaf = { ...first, sent: () => new Promise<never>(() => {}) }
    openOutbox({ store: deaf, tokens, clock: manualClock(start), random: () => 0.5 })
    await vi.waitFor(() => expect(states.size).toBe(2))
    expect(first.waiting()).toBe(2)

    const second = openJobStore(open(file))
    const outbox = keep(openOutbox({ store: second, tokens, clock: manualClock(start), random: () => 0.5 }))
    await vi.waitFor(() => expect(second.waiting()).toBe(0))
    expect(second.get('a')?.undelivered).toBe('TaskTimedOut')
    expect(outbox.status).toMatchObject({ sent: 0, lost: 2 })
  })

  test('gives up what nobody waits for, and keeps why', async () => {
    const store = openJobStore(open(fresh()))
    await answered(store, {
      gone: { output: 1 },
      refused: { output: 2 },
      hopeless: { state: 'failed', error: 'E' },
    })
    const lost = vi.fn()
    const { tokens, heard } = told((token, what) => {
      if (token === 'gone') throw new TokenGone('TaskDoesNotExist')
      if (token === 'refused' && what === 'succeed') throw new AnswerRefused('InvalidOutput: no')
      if (token === 'hopeless') throw new AnswerRefused('ValidationException: no')
    })
    keep(openOutbox({ store, tokens, clock: manualClock(start), random: () => 0.5, lost }))
    await vi.waitFor(() => expect(store.waiting()).toBe(0))
    expect(heard.filter(call => call.startsWith('fail refused'))).toEqual([
      'fail refused AnswerRefused InvalidOutput: no',
    ])
    expect(store.get('gone')?.undelivered).toBe('TaskDoesNotExist')
    expect(store.get('hopeless')?.undelivered).toMatch(/ValidationException/)
    expect(store.get('refused')?.undelivered).toBeUndefined()
    expect(lost.mock.calls.map(([job]) => job).toSorted()).toEqual(['gone', 'hopeless'])
  })

  test('gives up after a year', async () => {
    const store = openJobStore(open(fresh()))
    await answered(store, { a: { output: 1 } })
    const { tokens, heard } = told()
    const clock = manualClock(start + 366 * 24 * hour)
    keep(openOutbox({ store, tokens, clock, random: () => 0.5 }))
    await vi.waitFor(() => expect(store.waiting()).toBe(0))
    expect(heard).toEqual([])
    expect(store.get('a')?.undelivered).toBe('a year has passed')
  })

  test('lets an answer that always fails hold up nobody', async () => {
    const store = openJobStore(open(fresh()))
    await answered(store, Object.fromEntries(['poison', 'a', 'b', 'c'].map(id => [id, { output: id }])))
    const { tokens } = told(token => {
      if (token === 'poison') throw new Error('InternalFailure')
    })
    const clock = manualClock(start)
    keep(openOutbox({ store, tokens, clock, random: () => 0.5 }))
    await clock.advance(60_000)
    expect(store.waiting()).toBe(1)
    const [left] = store.due(Number.MAX_SAFE_INTEGER, 10)
    expect(left).toMatchObject({ job: 'poison' })
    expect(left!.attempts).toBeGreaterThan(3)
    expect(left!.dueAt).toBeLessThanOrEqual(clock.now() + 300_000)
  })

  test('draws its pauses, so that many bridges don’t come back at once', async () => {
    const pauses: number[] = []
    for (const chance of [0, 0.5, 0.999]) {
      const store = openJobStore(open(fresh()))
      await answered(store, { a: { output: 1 } })
      const { tokens } = told(() => {
        throw new Error('no line')
      })
      const clock = manualClock(start)
      const outbox = keep(openOutbox({ store, tokens, clock, random: () => chance }))
      await waitsFor(outbox, 'cut off')
      pauses.push(store.nextDue()! - start)
    }
    expect(new Set(pauses).size).toBe(3)
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(500)
  })

  test('cuts what is too long, with a mark, and fails what can’t be cut', async () => {
    const store = openJobStore(open(fresh()))
    await answered(store, {
      words: { state: 'failed', error: 'E'.repeat(300), cause: '😀'.repeat(20_000) },
      large: { output: 'ä'.repeat(140_000) },
      just: { output: 'x'.repeat(262_142) },
    })
    const { sfn, tokens } = await wired()
    sfn.hold('words', 'large', 'just')
    const outbox = keep(openOutbox({ store, tokens, clock: manualClock(start), random: () => 0.5 }))
    await vi.waitFor(() => expect(store.waiting()).toBe(0), { timeout: 10_000 })
    const words = sfn.answerOf('words')!.body
    expect(words.error).toHaveLength(256)
    expect(words.error).toMatch(/ … \(300 characters\)$/)
    expect(words.cause!.length).toBeLessThanOrEqual(32_768)
    expect(words.cause).toMatch(/ … \(40000 characters\)$/)
    expect(words.cause!.isWellFormed()).toBe(true)
    expect(sfn.answerOf('large')).toMatchObject({
      action: 'SendTaskFailure',
      body: { error: 'States.DataLimitExceeded', cause: expect.stringMatching(/280002 bytes/) },
    })
    expect(sfn.answerOf('just')?.action).toBe('SendTaskSuccess')
    expect(outbox.status.lost).toBe(0)
  })

  test('waits for a disk that is full, and sends nothing else meanwhile than it must', async () => {
    const store = openJobStore(open(fresh()))
    await answered(store, { a: { output: 1 } })
    let full = true
    const { tokens, heard } = told()
    const spoiled = {
      ...store,
      sent: async (job: string, why?: string) => {
        if (full) throw new StorageFull('the disk is full')
        return store.sent(job, why)
      },
      postpone: async () => {
        throw new StorageFull('the disk is full')
      },
    }
    const clock = manualClock(start)
    const outbox = keep(openOutbox({ store: spoiled, tokens, clock, random: () => 0.5 }))
    await clock.advance(hour)
    expect(outbox.status.lastError).toMatch(/full/)
    expect(heard.length).toBeLessThan(120)
    full = false
    await clock.advance(2 * 60_000)
    expect(store.waiting()).toBe(0)
  })

  test('over the wire, with a line that breaks in every way, tells each state once', async () => {
    const store = openJobStore(open(fresh()))
    const ids = Array.from({ length: 12 }, (_, index) => `job-${index}`)
    await answered(store, Object.fromEntries(ids.map(id => [id, { output: id }])))
    const { sfn, tokens } = await wired()
    sfn.hold(...ids)
    sfn.next(
      'take it, then hang up',
      500,
      'ThrottlingException',
      'hang up',
      'never answer',
      500,
      500,
      500,
      500,
    )
    await sfn.down()
    const outbox = keep(openOutbox({ store, tokens, clock: fakeClock(), random: Math.random }))
    await waitsFor(outbox, 'cut off')
    await sfn.up()
    await vi.waitFor(() => expect(store.waiting()).toBe(0), { timeout: 10_000 })
    for (const id of ids) expect(sfn.answerOf(id)?.body.output).toBe(JSON.stringify(id))
    // The one that was taken before its line broke was sent twice, which changed nothing.
    expect(
      store
        .list({})
        .map(({ undelivered }) => undelivered)
        .filter(Boolean),
    ).toEqual(['TaskTimedOut'])
  })
})

describe('a job with a task token', () => {
  test('is answered to Step Functions and to its session', async () => {
    const { tokens, heard } = told()
    const { connect, operations, store, jobs } = await bridge({ tokens })
    const cloud = connect('lambda')
    cloud.submit('a', { token: 't' })
    ;(await operations.call(0)).answer({ fine: true })
    await cloud.hears('answer', 'a')
    await vi.waitFor(() => expect(store.waiting()).toBe(0))
    expect(heard).toEqual(['succeed t {"fine":true}'])
    expect(jobs.status().outbox).toMatchObject({ waiting: 0, sent: 1, state: 'idle' })
  })

  test('is alive for Step Functions while it waits and while it works', async () => {
    const { tokens, heard } = told()
    const { connect, operations, clock } = await bridge({
      tokens,
      limits: { running: 1, tokenBeatMs: 20_000 },
    })
    const cloud = connect('lambda')
    for (const id of ['a', 'b']) cloud.submit(id, { token: id })
    await cloud.hears('accepted', 'b')
    await operations.call(0)
    await clock.advance(40_000)
    expect(heard.toSorted()).toEqual(['heartbeat a', 'heartbeat a', 'heartbeat b', 'heartbeat b'])
  })

  test('is cancelled when Step Functions waits for it no more', async () => {
    const { tokens, heard } = told((_token, what) => {
      if (what === 'heartbeat') throw new TokenGone('TaskTimedOut')
    })
    const { connect, operations, clock, store } = await bridge({ tokens })
    connect('lambda').submit('a', { token: 't' })
    const call = await operations.call(0)
    await clock.advance(20_000)
    expect(call.signal.aborted).toBe(true)
    call.fail(call.signal.reason)
    await vi.waitFor(() => expect(store.get('a')?.state).toBe('cancelled'))
    expect(store.get('a')).toMatchObject({ error: 'Cancelled', cause: expect.stringMatching(/TaskTimedOut/) })
    expect(heard).toContain('heartbeat t')
  })

  test('goes on while nobody can be told that it is alive', async () => {
    const { tokens } = told((_token, what) => {
      if (what === 'heartbeat') throw new Error('ECONNREFUSED')
    })
    const { connect, operations, clock, store } = await bridge({ tokens })
    connect('lambda').submit('a', { token: 't' })
    const call = await operations.call(0)
    await clock.advance(hour / 2)
    expect(call.signal.aborted).toBe(false)
    call.answer('done')
    await vi.waitFor(() => expect(store.get('a')?.state).toBe('succeeded'))
  })

  test('whose bridge was killed is told what became of it by the next one', async () => {
    const { tokens, heard } = told()
    const first = await bridge({ tokens })
    first.connect('lambda').submit('a', { operation: 'change', token: 't' })
    await first.operations.call(0)
    const next = await first.killed()
    await vi.waitFor(() => expect(next.store.waiting()).toBe(0))
    await vi.waitFor(() => expect(heard).toHaveLength(1))
    expect(heard[0]).toMatch(/^fail t Unknown /)
  })
})
