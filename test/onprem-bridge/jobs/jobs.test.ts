import { describe, expect, test, vi } from 'vitest'
import { StorageFull } from '../../../src/state/sqlite/index.ts'
import { requestOf } from '../../state/jobs.ts'
import { useBridge } from './harness.ts'

const open = useBridge()

describe('a job', () => {
  test('is journalled, accepted, done and answered, and each is told', async () => {
    const { connect, operations, store, events } = await open()
    const laptop = connect()
    laptop.submit('a', { data: { on: { via: 'ssh', defaults: {}, hosts: [{ name: 'foo' }] } } })
    expect(await laptop.hears('accepted', 'a')).toMatchObject({ state: 'queued' })
    expect(store.get('a')?.state).toMatch(/queued|running/)
    const call = await operations.call(0)
    expect(store.get('a')).toMatchObject({ state: 'running', attempts: 1, submitter: 'laptop' })
    call.answer({ fine: true })
    expect(await laptop.hears('answer', 'a')).toMatchObject({ output: { fine: true } })
    expect(store.get('a')).toMatchObject({ state: 'succeeded', output: { fine: true } })
    expect(events.map(({ kind }) => kind)).toEqual(['submit', 'start', 'end'])
    expect(events[2]).toMatchObject({
      who: 'laptop',
      job: 'a',
      state: 'succeeded',
      operation: 'look',
      flow: 'listing',
      step: 'uptime',
      hosts: ['foo'],
    })
  })

  test('is begun in the moment in which it is accepted where there is a place, and waits otherwise', async () => {
    const { connect, operations, store, jobs } = await open({ limits: { running: 1 } })
    const laptop = connect()
    laptop.submit('a')
    laptop.submit('b')
    await vi.waitFor(() => expect(store.get('b')).toBeDefined())
    expect(['a', 'b'].map(id => store.get(id)?.state)).toEqual(['running', 'queued'])
    expect(jobs.status().jobs).toMatchObject({ running: 1 })
    ;(await operations.call(0)).answer(1)
    ;(await operations.call(1)).answer(2)
    await Promise.all(['a', 'b'].map(id => laptop.hears('answer', id)))
    expect(['a', 'b'].map(id => store.get(id)?.attempts)).toEqual([1, 1])
  })

  test('that could not be written down gives its place back', async () => {
    const { connect, operations, store } = await open({ limits: { running: 1 } })
    const laptop = connect()
    const accept = vi.spyOn(store, 'accept').mockRejectedValue(new StorageFull('full'))
    for (const id of ['a', 'b', 'c']) {
      laptop.submit(id)
      await laptop.hears('refused', id)
    }
    accept.mockRestore()
    laptop.submit('d')
    ;(await operations.call(0)).answer(4)
    expect(await laptop.hears('answer', 'd')).toMatchObject({ output: 4 })
  })

  test('that fails says so by name', async () => {
    const { connect, operations, store } = await open()
    const laptop = connect()
    laptop.submit('a')
    ;(await operations.call(0)).fail(new RangeError('too far'))
    const failed = await laptop.hears('failed', 'a')
    expect(failed).toMatchObject({ state: 'failed', error: 'RangeError' })
    expect(failed.cause).toContain('too far')
    expect(store.get('a')).toMatchObject({ state: 'failed', error: 'RangeError' })
  })

  test('submitted by two at once is done once, and both get its answer', async () => {
    const { connect, operations, store } = await open()
    const [one, other] = [connect('one'), connect('other')]
    one.submit('a')
    other.submit('a')
    await Promise.all([one.hears('accepted', 'a'), other.hears('accepted', 'a')])
    ;(await operations.call(0)).answer(1)
    const answers = await Promise.all([one.hears('answer', 'a'), other.hears('answer', 'a')])
    expect(answers.map(({ output }) => output)).toEqual([1, 1])
    expect(operations.calls).toHaveLength(1)
    expect(store.counts().succeeded).toBe(1)
  })

  test('submitted again gets its answer, in another session and from another process', async () => {
    const bridge = await open()
    const laptop = bridge.connect()
    laptop.submit('a')
    ;(await bridge.operations.call(0)).answer('once')
    await laptop.hears('answer', 'a')
    const later = bridge.connect('other')
    later.submit('a')
    expect(await later.hears('answer', 'a')).toMatchObject({ output: 'once' })
    const next = await bridge.killed()
    const latest = next.connect()
    latest.submit('a')
    expect(await latest.hears('answer', 'a')).toMatchObject({ output: 'once' })
    expect(next.operations.calls).toHaveLength(0)
  })

  test('whose session broke is attached again, and hears what it is at', async () => {
    const { connect, operations } = await open()
    const laptop = connect()
    laptop.submit('a')
    await laptop.hears('accepted', 'a')
    const call = await operations.call(0)
    call.progress({ kind: 'hosts', step: 's', hosts: ['foo'] })
    laptop.line.cut()
    laptop.line.reconnect()
    laptop.submit('a')
    await vi.waitFor(() => expect(laptop.heard.filter(({ kind }) => kind === 'accepted')).toHaveLength(2))
    expect(laptop.heard.at(-1)).toMatchObject({
      kind: 'progress',
      events: [{ kind: 'hosts', hosts: ['foo'] }],
    })
    call.answer('still')
    expect(await laptop.hears('answer', 'a')).toMatchObject({ output: 'still' })
    expect(operations.calls).toHaveLength(1)
  })

  test('under an id that stands for something else is refused by name', async () => {
    const { connect, operations } = await open()
    const laptop = connect()
    laptop.submit('a')
    await operations.call(0)
    laptop.submit('a', { data: 'other' })
    expect(await laptop.hears('refused', 'a')).toMatchObject({ error: 'JobTaken' })
  })

  test('of an unknown operation, or with wrong arguments, is refused and not kept', async () => {
    const { connect, store, events } = await open()
    const laptop = connect()
    laptop.submit('a', { operation: 'format' })
    expect(await laptop.hears('refused', 'a')).toMatchObject({
      error: 'UnknownTask',
      cause: expect.stringContaining('format'),
    })
    laptop.submit('b', { args: { size: 'large' } })
    expect(await laptop.hears('refused', 'b')).toMatchObject({ error: 'InvalidArguments' })
    laptop.submit('c', { operation: '__proto__' })
    expect(await laptop.hears('refused', 'c')).toMatchObject({ error: 'UnknownTask' })
    expect(store.list({})).toEqual([])
    expect(events.map(event => event.kind === 'refuse' && event.error)).toEqual([
      'UnknownTask',
      'InvalidArguments',
      'UnknownTask',
    ])
  })

  test('with a task token is refused where nobody could give its answer to Step Functions', async () => {
    const { connect } = await open()
    const laptop = connect()
    laptop.submit('a', { token: 'secret' })
    const { error, cause } = await laptop.hears('refused', 'a')
    expect([error, cause]).toEqual(['BridgeRefused', expect.stringContaining('not connected to AWS')])
  })

  test('whose answer is large answers with a reference to kept data', async () => {
    const { connect, operations, kept } = await open()
    const laptop = connect()
    laptop.submit('a')
    const items = Array.from({ length: 20_000 }, (_, index) => `a small item ${index}`)
    laptop.submit('b', { spill: 'items' })
    ;(await operations.call(0)).answer('x'.repeat(100_000))
    ;(await operations.call(1)).answer(items)
    const { output } = (await laptop.hears('answer', 'a')) as { output: any }
    expect(JSON.parse(kept.kept.get(output.$spilled)!)).toHaveLength(100_000)
    const many = (await laptop.hears('answer', 'b')) as { output: any }
    expect(JSON.stringify(many.output).length).toBeLessThan(1_000_000)
  })
})

describe('what waits', () => {
  test('goes by priority, then by age', async () => {
    const { connect, operations } = await open({ limits: { running: 1 } })
    const laptop = connect()
    laptop.submit('first')
    const first = await operations.call(0)
    for (const [id, priority] of [
      ['a', 5],
      ['b', 9],
      ['c', 0],
      ['d', 9],
      ['e', 5],
    ] as const)
      laptop.submit(id, { data: id }, { priority })
    for (const id of 'abcde') await laptop.hears('accepted', id)
    first.answer(null)
    for (let index = 1; index <= 5; index++) (await operations.call(index)).answer(null)
    await laptop.hears('answer', 'c')
    expect(operations.calls.slice(1).map(({ data }) => data)).toEqual(['b', 'd', 'a', 'e', 'c'])
  })

  test('is bounded: a full queue is busy, says when to come again, and heals', async () => {
    const { connect, operations, store, events } = await open({ limits: { running: 1, waiting: 2 } })
    const laptop = connect()
    laptop.submit('a')
    const first = await operations.call(0)
    for (const id of ['b', 'c', 'd']) laptop.submit(id)
    const busy = await laptop.hears('busy', 'd')
    expect(busy.retryAfterMs).toBeGreaterThan(0)
    expect(busy.why).toMatch(/2 jobs wait/)
    expect(store.get('d')).toBeUndefined()
    expect(events).toContainEqual(expect.objectContaining({ kind: 'refuse', job: 'd', error: 'BridgeBusy' }))
    // One that is known is never turned away.
    laptop.submit('b')
    await vi.waitFor(() =>
      expect(laptop.heard.filter(m => m.kind === 'accepted' && m.id === 'b')).toHaveLength(2),
    )
    first.answer(null)
    await operations.call(1)
    laptop.submit('d')
    await laptop.hears('accepted', 'd')
  })

  test('is bounded for each submitter and in bytes', async () => {
    const { connect, operations } = await open({
      limits: { running: 1, waiting: 10, waitingEach: 1, waitingBytes: 2_000 },
    })
    const [one, other] = [connect('one'), connect('other')]
    one.submit('a')
    await operations.call(0)
    one.submit('b')
    one.submit('c')
    expect((await one.hears('busy', 'c')).why).toMatch(/1 jobs of one wait/)
    other.submit('d', { data: 'x'.repeat(2_000) })
    expect((await other.hears('busy', 'd')).why).toMatch(/bytes/)
    other.submit('e')
    await other.hears('accepted', 'e')
  })

  test('is worked on by so many at once', async () => {
    const { connect, operations, store } = await open({ limits: { running: 3 } })
    const laptop = connect()
    for (let index = 0; index < 8; index++) laptop.submit(`job-${index}`)
    await laptop.hears('accepted', 'job-7')
    await operations.call(2)
    expect(store.counts()).toMatchObject({ queued: 5, running: 3 })
    for (let index = 0; index < 8; index++) (await operations.call(index)).answer(null)
    await vi.waitFor(() => expect(store.counts().succeeded).toBe(8))
  })
})

describe('cancelling', () => {
  test('ends a job that waits', async () => {
    const { connect, operations, store, events } = await open({ limits: { running: 1 } })
    const laptop = connect()
    laptop.submit('a')
    laptop.submit('b')
    await laptop.hears('accepted', 'b')
    laptop.send({ kind: 'cancel', id: 'b', reason: 'changed my mind' })
    const failed = await laptop.hears('failed', 'b')
    expect(failed).toMatchObject({ state: 'cancelled', error: 'Cancelled' })
    expect(failed.cause).toMatch(/cancelled by laptop: changed my mind; it had not begun/)
    ;(await operations.call(0)).answer(null)
    await laptop.hears('answer', 'a')
    expect(operations.calls).toHaveLength(1)
    expect(store.get('b')?.state).toBe('cancelled')
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'cancel', who: 'laptop', job: 'b', reason: 'changed my mind' }),
    )
  })

  test('tells one at work, and what it still answers is the answer', async () => {
    const { connect, operations, store } = await open()
    const laptop = connect()
    laptop.submit('a')
    const call = await operations.call(0)
    laptop.send({ kind: 'cancel', id: 'a' })
    await vi.waitFor(() => expect(call.signal.aborted).toBe(true))
    call.answer('as far as I came')
    expect(await laptop.hears('answer', 'a')).toMatchObject({ output: 'as far as I came' })
    expect(store.get('a')).toMatchObject({ state: 'cancelled', output: 'as far as I came' })
  })

  test('in the very turn of the submit loses neither', async () => {
    const { connect, store } = await open()
    const laptop = connect()
    laptop.submit('a')
    laptop.send({ kind: 'cancel', id: 'a' })
    expect(await laptop.hears('failed', 'a')).toMatchObject({ state: 'cancelled' })
    expect(store.get('a')?.state).toBe('cancelled')
  })

  test('does not wait for ever for one that does not listen: a change is unknown then', async () => {
    const { connect, operations, store, clock, jobs } = await open({ limits: { graceMs: 10_000 } })
    const laptop = connect()
    for (const operation of ['change', 'look', 'touch']) laptop.submit(operation, { operation })
    await operations.call(2)
    for (const id of ['change', 'look', 'touch']) laptop.send({ kind: 'cancel', id })
    await vi.waitFor(() => expect(operations.calls.every(({ signal }) => signal.aborted)).toBe(true))
    await clock.advance(10_000)
    const change = await laptop.hears('failed', 'change')
    expect(change).toMatchObject({ state: 'unknown', error: 'Unknown' })
    expect(change.cause).toMatch(/may still be at it.*look at what it acts on/)
    expect(await laptop.hears('failed', 'look')).toMatchObject({ state: 'cancelled' })
    expect(store.counts()).toMatchObject({ running: 0 })
    expect(jobs.status().strays).toBeGreaterThan(0)
    for (const call of operations.calls) call.answer(null)
    await vi.waitFor(() => expect(jobs.status().strays).toBe(0))
    expect(store.get('change')?.state).toBe('unknown')
  })

  test('of what has ended answers how, and of what is unknown says so', async () => {
    const { connect, operations } = await open()
    const laptop = connect()
    laptop.submit('a')
    ;(await operations.call(0)).answer('done')
    await laptop.hears('answer', 'a')
    const other = connect('other')
    other.send({ kind: 'cancel', id: 'a' })
    expect(await other.hears('answer', 'a')).toMatchObject({ output: 'done' })
    other.send({ kind: 'cancel', id: 'nothing' })
    expect(await other.hears('refused', 'nothing')).toMatchObject({ error: 'UnknownJob' })
  })
})

describe('a deadline', () => {
  test('ends a job that waits', async () => {
    const { connect, operations, clock, store } = await open({ limits: { running: 1 } })
    const laptop = connect()
    laptop.submit('a')
    laptop.submit('b', {}, { deadline: clock.now() + 5_000 })
    await laptop.hears('accepted', 'b')
    await clock.advance(4_999)
    expect(store.get('b')?.state).toBe('queued')
    await clock.advance(1)
    expect(await laptop.hears('failed', 'b')).toMatchObject({ state: 'failed', error: 'States.Timeout' })
    expect(operations.calls).toHaveLength(1)
  })

  test('ends a job at work, whether it listens or not', async () => {
    const { connect, operations, clock } = await open({ limits: { graceMs: 3_000 } })
    const laptop = connect()
    for (const id of ['deaf', 'obedient']) laptop.submit(id, { data: id }, { deadline: clock.now() + 5_000 })
    const calls = [await operations.call(0), await operations.call(1)]
    await clock.advance(5_000)
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true])
    calls.find(({ data }) => data === 'obedient')!.fail(new Error('stopped'))
    const obedient = await laptop.hears('failed', 'obedient')
    expect(obedient).toMatchObject({
      error: 'States.Timeout',
      cause: expect.stringMatching(/told to stop and did/),
    })
    await clock.advance(3_000)
    const deaf = await laptop.hears('failed', 'deaf')
    expect(deaf).toMatchObject({
      error: 'States.Timeout',
      cause: expect.stringMatching(/may still be at it/),
    })
  })

  test('is the operation’s own where the submitter names none, and one that has passed ends at once', async () => {
    const { connect, store, clock } = await open()
    const laptop = connect()
    laptop.submit('a')
    laptop.submit('b', { deadline: -1e300 })
    laptop.submit('c', {}, { deadline: 1e-300 })
    expect(await laptop.hears('failed', 'b')).toMatchObject({ error: 'States.Timeout' })
    expect(await laptop.hears('failed', 'c')).toMatchObject({ error: 'States.Timeout' })
    expect(store.get('a')?.deadline).toBe(clock.now() + 3_600_000)
  })
})

describe('signs of life', () => {
  test('go to whoever waits, for jobs at work and those that wait', async () => {
    const { connect, clock } = await open({ limits: { running: 1, beatMs: 5_000 } })
    const [one, other] = [connect('one'), connect('other')]
    one.submit('a')
    one.submit('b')
    other.submit('b')
    await Promise.all([one.hears('accepted', 'b'), other.hears('accepted', 'b')])
    await clock.advance(5_000)
    expect((await one.hears('heartbeat')).ids.toSorted()).toEqual(['a', 'b'])
    expect((await other.hears('heartbeat')).ids).toEqual(['b'])
  })

  test('of progress are put together, and a flood of it costs no memory', async () => {
    const { connect, operations, clock, jobs } = await open({
      limits: { progressEvents: 100, progressMs: 100 },
    })
    const laptop = connect()
    laptop.submit('a')
    const call = await operations.call(0)
    for (let bytes = 0; bytes < 10_000; bytes++)
      call.progress({ kind: 'transfer', step: 's', host: 'foo', file: 'f', bytes })
    await clock.advance(100)
    const heard = () => laptop.heard.filter(({ kind }) => kind === 'progress')
    expect(heard()).toMatchObject([{ id: 'a', events: [{ bytes: 9_999 }] }])
    for (let host = 0; host < 10_000; host++)
      call.progress({ kind: 'host-started', step: 's', host: `h${host}` })
    await clock.advance(100)
    expect(heard()).toHaveLength(2)
    expect((heard()[1] as unknown as { events: object[] }).events).toHaveLength(100)
    expect(jobs.status().progressDropped).toBe(9_900)
    const circular: any = { kind: 'stage' }
    circular.self = circular
    for (const strange of [
      circular,
      null,
      5,
      undefined,
      { kind: 'stage', host: 'h', stage: 'x'.repeat(1e6) },
    ])
      call.progress(strange)
    expect(jobs.status().progressDropped).toBe(9_905)
    call.progress({ kind: 'stage', step: 's', host: 'foo', stage: 'the last' })
    call.answer(null)
    await laptop.hears('answer', 'a')
    expect(heard().at(-1)).toMatchObject({ events: [{ stage: 'the last' }] })
    expect(laptop.heard.at(-1)?.kind).toBe('answer')
  })
})

describe('a full disk', () => {
  test('refuses new jobs by name, keeps what was answered until it can be written, and heals', async () => {
    const { connect, operations, database, store, clock, troubles } = await open()
    const laptop = connect()
    laptop.submit('a')
    const call = await operations.call(0)
    database.prepare('PRAGMA max_page_count = 1').get()
    laptop.submit('b', { data: 'x'.repeat(200_000) })
    const refused = await laptop.hears('refused', 'b')
    expect(refused.error).toBe('StorageFull')
    expect(refused.cause).toMatch(/free some space/)
    // What is known needs nothing to be written.
    const other = connect('other')
    other.submit('a')
    await other.hears('accepted', 'a')
    call.answer('x'.repeat(60_000))
    await vi.waitFor(() => expect(troubles.at(-1)).toBeInstanceOf(StorageFull))
    expect(laptop.heard.some(({ kind }) => kind === 'answer')).toBe(false)
    expect(store.get('a')?.state).toBe('running')

    database.prepare('PRAGMA max_page_count = 100000').get()
    await clock.advance(30_000)
    await laptop.hears('answer', 'a')
    laptop.submit('b', { data: 'x'.repeat(200_000) })
    await laptop.hears('accepted', 'b')
    expect(store.get('a')?.state).toBe('succeeded')
  })
})

describe('draining', () => {
  test('takes no new jobs, lets those at work end, and leaves the others to the next process', async () => {
    const bridge = await open({ limits: { running: 1 } })
    const { connect, operations, jobs } = bridge
    const laptop = connect()
    laptop.submit('a')
    const call = await operations.call(0)
    laptop.submit('b', { operation: 'echo', data: 'later' })
    await laptop.hears('accepted', 'b')
    const drained = jobs.drain(60_000)
    laptop.submit('c')
    expect((await laptop.hears('busy', 'c')).why).toMatch(/about to end/)
    expect(jobs.status().draining).toBe(true)
    call.answer('in time')
    await laptop.hears('answer', 'a')
    await drained
    const next = await bridge.killed()
    const again = next.connect()
    again.submit('b', { operation: 'echo', data: 'later' })
    expect(await again.hears('answer', 'b')).toMatchObject({ output: 'later' })
  })

  test('ends in its time: what may be repeated is done again, of a change its last word counts', async () => {
    const bridge = await open({ limits: { graceMs: 1_000 } })
    const { connect, operations, clock, jobs, store } = bridge
    const laptop = connect()
    for (const id of ['put', 'change']) laptop.submit(id, { operation: id })
    const calls = [await operations.call(0), await operations.call(1)]
    const drained = jobs.drain(5_000)
    await clock.advance(5_000)
    expect(calls.map(({ signal }) => signal.aborted)).toEqual([true, true])
    for (const { name, answer } of calls) answer(`${name} came so far`)
    await drained
    expect(store.get('put')?.state).toBe('running')
    expect(store.get('change')).toMatchObject({ state: 'cancelled', output: 'change came so far' })
    const next = await bridge.killed()
    ;(await next.operations.call(0)).answer('done again')
    await vi.waitFor(() => expect(next.store.get('put')).toMatchObject({ state: 'succeeded', attempts: 2 }))
    expect(next.operations.calls.map(({ name }) => name)).toEqual(['put'])
  })
})

describe('the past', () => {
  test('is forgotten after seven days', async () => {
    const { connect, clock, store, operations } = await open()
    const laptop = connect()
    laptop.submit('a', { operation: 'echo' })
    await laptop.hears('answer', 'a')
    laptop.submit('b')
    await operations.call(0)
    await clock.advance(6.9 * 86_400_000)
    expect(store.get('a')).toBeDefined()
    await clock.advance(0.2 * 86_400_000)
    expect(store.get('a')).toBeUndefined()
  })
})

describe('the status', () => {
  test('tells how all stands, to readers too, and fits into a message', async () => {
    const { connect, operations, jobs, clock } = await open({ limits: { running: 1 } })
    const [laptop, reader] = [connect(), connect('monitor', 'read')]
    laptop.submit('a')
    await operations.call(0)
    await clock.advance(1_000)
    laptop.submit('b')
    await laptop.hears('accepted', 'b')
    await clock.advance(2_000)
    reader.send({ kind: 'status', nonce: 7 })
    const { status } = await reader.hears('status', 7)
    expect(status).toEqual(JSON.parse(JSON.stringify(jobs.status())))
    expect(status).toMatchObject({
      draining: false,
      jobs: { queued: 1, running: 1, succeeded: 0 },
      oldest: { queuedMs: 2_000, runningMs: 3_000 },
      submitters: [{ name: 'laptop', queued: 1, running: 1 }],
      running: [{ id: 'a', operation: 'look', submitter: 'laptop' }],
      sessions: 2,
      garbage: 0,
    })
    expect(jobs.status().outbox).toBeUndefined()
  })
})

test('whoever reads may look and do nothing else', async () => {
  const { connect, store } = await open()
  const reader = connect('monitor', 'read')
  reader.submit('a')
  expect(await reader.hears('refused', 'a')).toMatchObject({ error: 'BridgeRefused' })
  reader.send({ kind: 'cancel', id: 'b' })
  await reader.hears('refused', 'b')
  const key = 'a'.repeat(64)
  for (const [nonce, body] of [
    { kind: 'have', keys: [key] },
    { kind: 'put', key, offset: 0, total: 1 },
    { kind: 'get', key, offset: 0 },
  ].entries()) {
    reader.send({ ...body, nonce })
    expect((await reader.hears('error', nonce)).cause).toMatch(/has the role read and may not/)
  }
  expect(store.list({})).toEqual([])
})

test('a session that takes nothing keeps nobody waiting', async () => {
  const { jobs, connect, operations } = await open()
  const deaf = {
    id: 'deaf',
    key: 'k',
    identity: { name: 'deaf', role: 'submit' as const },
    since: 0,
    send: () => {
      throw new Error('the socket is gone')
    },
    drop: vi.fn(),
  }
  jobs.onPeer(deaf)
  const request = requestOf({ operation: 'look', args: {} })
  jobs.onPacket(deaf, { body: { kind: 'submit', id: 'a', request } })
  const laptop = connect()
  laptop.submit('a')
  const call = await operations.call(0)
  await laptop.hears('accepted', 'a')
  call.answer('for all')
  expect(await laptop.hears('answer', 'a')).toMatchObject({ output: 'for all' })
  expect(deaf.drop).toHaveBeenCalled()
  jobs.onGone(deaf, 'gone')
})

test('listeners that throw hurt nobody', async () => {
  const { connect, troubles } = await open({
    onEvent: () => {
      throw new Error('the audit log is gone')
    },
  })
  const laptop = connect()
  laptop.submit('a', { operation: 'echo', data: 1 })
  expect(await laptop.hears('answer', 'a')).toMatchObject({ output: 1 })
  expect(troubles).toContainEqual(expect.objectContaining({ message: 'the audit log is gone' }))
})
