import { expect, test, vi } from 'vitest'
import { JobLeft } from '../../../../src/core/bridge.ts'
import type { ToBridge } from '../../../../src/transports/zeromq/messages.ts'
import { fakeClock } from '../../../executor/fake-clock.ts'
import { openLine } from '../../../fakes/channel.ts'
import { calling, rejection, request, type Script, scriptedClient } from './scripted.ts'

type Submit = Extract<ToBridge, { kind: 'submit' }>

/** A bridge that answers every job by its data. */
const echo: Script = (message, { peer }) => {
  if (message.kind !== 'submit') return
  const { id, request } = message
  peer.send({ body: { kind: 'accepted', id, state: 'queued' } })
  peer.send({ body: { kind: 'answer', id, output: request.data } })
}

test('a job is answered by what the bridge answers', async () => {
  const { client, heard } = scriptedClient(echo)
  expect(await client.answer(request({ a: [1] }), calling('one/1').call)).toEqual({ a: [1] })
  expect(heard).toMatchObject([{ kind: 'submit', id: 'one/1', request: { data: { a: [1] } } }])
})

test('a thousand jobs at once each get their own answer', async () => {
  const { client, kinds } = scriptedClient(echo)
  const all = Array.from({ length: 1_000 }, (_, index) => index)
  const answers = await Promise.all(all.map(n => client.answer(request(n), calling(`one/${n}`).call)))
  expect(answers).toEqual(all)
  expect(kinds().filter(kind => kind === 'submit')).toHaveLength(1_000)
})

test('a failure of the task keeps its name and its cause', async () => {
  const { client } = scriptedClient(({ kind, ...message }, { peer }) => {
    if (kind !== 'submit') return
    const { id } = message as Submit
    peer.send({
      body: { kind: 'failed', id, state: 'failed', error: 'HostsGone', cause: '{"errorMessage":"x"}' },
    })
  })
  const error = await rejection(client.answer(request(1), calling('one/1').call))
  expect(error).toMatchObject({ name: 'TaskFailed', error: 'HostsGone', failure: '{"errorMessage":"x"}' })
})

test('open jobs are submitted again on the next session, under the same ids, and their first answer counts', async () => {
  let sessions = 0
  const { client, heard, line } = scriptedClient((message, { peer }) => {
    if (message.kind !== 'submit') return
    peer.send({ body: { kind: 'accepted', id: message.id, state: 'running' } })
    if (sessions === 0) return
    for (const output of ['first', 'second']) peer.send({ body: { kind: 'answer', id: message.id, output } })
  })
  const answers = Promise.all(['one/1', 'one/2'].map(id => client.answer(request(id), calling(id).call)))
  await vi.waitFor(() => expect(heard).toHaveLength(2))
  line.cut('somebody pulled the plug')
  sessions++
  line.reconnect()
  expect(await answers).toEqual(['first', 'first'])
  const ids = heard.map(message => (message as Submit).id)
  expect(ids.slice(0, 2).sort()).toEqual(ids.slice(2).sort())
  await vi.waitFor(() => expect(client.strays).toEqual({ garbage: 0, unasked: 2 }))
})

test('what the bridge says of a job reaches its call alone', async () => {
  const { client } = scriptedClient((message, { peer }) => {
    if (message.kind !== 'submit') return
    const { id } = message
    const event = { kind: 'host-started', step: 'echo', host: id }
    peer.send({ body: { kind: 'accepted', id, state: 'queued' } })
    peer.send({ body: { kind: 'heartbeat', ids: [id] } })
    peer.send({ body: { kind: 'progress', id, events: [event] } })
    peer.send({ body: { kind: 'progress', id, events: [{ kind: 'confession', step: 'echo' }] } })
    peer.send({ body: { kind: 'answer', id, output: null } })
  })
  const [one, two] = [calling('one/1'), calling('one/2')]
  await Promise.all([one, two].map(({ call }) => client.answer(request(1), call)))
  expect(one.events).toEqual([{ kind: 'host-started', step: 'echo', host: 'one/1' }])
  expect(two.events).toEqual([{ kind: 'host-started', step: 'echo', host: 'one/2' }])
  expect(one.beats()).toBe(2)
  expect(client.strays.garbage).toBe(2)
})

test('a busy bridge is asked again after the time that it names', async () => {
  const clock = fakeClock()
  const times: number[] = []
  const { client } = scriptedClient(
    (message, { peer }) => {
      if (message.kind !== 'submit') return
      times.push(clock.now())
      const { id } = message
      if (times.length < 3) peer.send({ body: { kind: 'busy', id, retryAfterMs: 2_000, why: 'full' } })
      else peer.send({ body: { kind: 'answer', id, output: 'at last' } })
    },
    { clock },
  )
  expect(await client.answer(request(1), calling('one/1').call)).toBe('at last')
  expect(times.map(time => time - times[0]!)).toEqual([0, 2_000, 4_000])
})

test('a bridge that stays busy for all of a job’s time was given nothing, and says so', async () => {
  const clock = fakeClock()
  const { client } = scriptedClient(
    (message, { peer }) => {
      if (message.kind === 'submit')
        peer.send({ body: { kind: 'busy', id: message.id, retryAfterMs: 20_000, why: '9 jobs wait' } })
    },
    { clock },
  )
  const { call } = calling('one/1', { deadline: clock.now() + 60_000 })
  const error = await rejection(client.answer(request(1), call))
  expect(error).toMatchObject({ name: 'BridgeBusy', retryAfterMs: 20_000 })
  expect(error.message).toContain('9 jobs wait')
})

test('a bridge that is not reached in time was given nothing', async () => {
  const clock = fakeClock()
  const { client, line, heard } = scriptedClient(() => {}, { clock })
  line.cut('connection refused')
  const error = await rejection(client.answer(request(1), calling('one/1').call))
  expect(error.name).toBe('BridgeUnreachable')
  expect(error.message).toMatch(
    /tcp:\/\/closet:5760 .*within 5 s \(connection refused\); it was given nothing/,
  )
  expect(heard).toEqual([])
})

test('a job whose bridge is lost waits for it until its time is over, and then nobody knows', async () => {
  const clock = fakeClock()
  const { client, line } = scriptedClient(() => line.cut('no route to host'), { clock })
  const { call, beats } = calling('one/1', { deadline: clock.now() + 600_000 })
  const error = await rejection(client.answer(request(1), call))
  expect(error).toMatchObject({ name: 'TaskFailed', error: 'Unknown' })
  expect(error.failure).toMatch(/one\/1.*no route to host.*may have done its work.*may not have begun/)
  // It is alive for whoever waits, for all of these minutes.
  expect(beats()).toBeGreaterThan(30)
})

test('a bridge that takes a job and never says anything again ends with the job’s time', async () => {
  const clock = fakeClock()
  const { client, kinds } = scriptedClient(() => {}, { clock })
  const { call } = calling('one/1', { deadline: clock.now() + 60_000 })
  const error = await rejection(client.answer(request(1), call))
  expect(error).toMatchObject({ name: 'TaskFailed', error: 'Unknown' })
  expect(kinds().length).toBeGreaterThan(3)
})

test('a bridge that refuses our key refuses every job', async () => {
  const { client, line } = scriptedClient(() => {})
  line.peer.drop('this key is not known here')
  const error = await rejection(client.answer(request(1), calling('one/1').call))
  expect(error.name).toBe('BridgeRefused')
  expect(error.message).toContain('this key is not known here')
})

test('a key that is revoked while a job is under way leaves it unknown', async () => {
  const { client, line, heard } = scriptedClient(() => {})
  const failed = rejection(client.answer(request(1), calling('one/1').call))
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  line.peer.drop('this key was revoked')
  expect(await failed).toMatchObject({ error: 'Unknown', failure: expect.stringContaining('revoked') })
})

test.each([
  ['UnknownTask', 'TaskFailed'],
  ['InvalidArguments', 'TaskFailed'],
  ['JobTaken', 'JobTaken'],
  ['NotAllowed', 'BridgeRefused'],
])('a job that is refused as %s fails as %s', async (error, name) => {
  const { client } = scriptedClient((message, { peer }) => {
    if (message.kind === 'submit')
      peer.send({ body: { kind: 'refused', id: message.id, error, cause: 'so' } })
  })
  expect(await rejection(client.answer(request(1), calling('one/1').call))).toMatchObject({ name })
})

test('a submitter that may not submit has all its jobs refused', async () => {
  const { client } = scriptedClient((message, { peer }) => {
    if (message.kind === 'submit')
      peer.send({ body: { kind: 'refused', error: 'WrongRole', cause: 'laptop may only read' } })
  })
  const error = await rejection(client.answer(request(1), calling('one/1').call))
  expect(error.name).toBe('BridgeRefused')
  expect(error.message).toContain('laptop may only read')
})

test('a cancelled job is cancelled there, and its late answer is the answer', async () => {
  const { client, heard } = scriptedClient((message, { peer }) => {
    if (message.kind === 'submit') peer.send({ body: { kind: 'accepted', id: message.id, state: 'running' } })
    if (message.kind === 'cancel')
      peer.send({ body: { kind: 'answer', id: message.id, output: { partial: true } } })
  })
  const { call, controller } = calling('one/1')
  const answer = client.answer(request(1), call)
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  controller.abort(new Error('Ctrl-C'))
  expect(await answer).toEqual({ partial: true })
  expect(heard.at(-1)).toEqual({ kind: 'cancel', id: 'one/1', reason: 'Ctrl-C' })
})

test('a cancelled job that answers nothing in its grace ends as it was cancelled', async () => {
  const reason = new Error('Ctrl-C')
  const { call, controller } = calling('one/1')
  const { client, kinds } = scriptedClient(({ kind }) => kind === 'submit' && controller.abort(reason), {
    clock: fakeClock(),
  })
  expect(await rejection(client.answer(request(1), call))).toBe(reason)
  expect(kinds()).toEqual(['submit', 'cancel'])
})

test('a job that is left to somebody else is not cancelled', async () => {
  const { client, kinds } = scriptedClient(() => {})
  const { call, controller } = calling('one/1')
  const failed = rejection(client.answer(request(1), call))
  await vi.waitFor(() => expect(kinds()).toEqual(['submit']))
  controller.abort(new JobLeft())
  expect(await failed).toMatchObject({ name: 'JobLeft' })
  expect(kinds()).toEqual(['submit'])
})

test('a job that is cancelled before it was given is never given', async () => {
  const { client, line, heard } = scriptedClient(() => {})
  line.cut()
  const { call, controller } = calling('one/1')
  const failed = rejection(client.answer(request(1), call))
  controller.abort(new Error('Ctrl-C'))
  expect(await failed).toMatchObject({ message: 'Ctrl-C' })
  line.reconnect()
  await new Promise(setImmediate)
  expect(heard).toEqual([])
})

test('the status of a bridge is what it says', async () => {
  const { client } = scriptedClient((message, { peer }) => {
    if (message.kind === 'status')
      peer.send({ body: { kind: 'status', nonce: message.nonce, status: { jobs: 3 } } })
  })
  expect(await client.status()).toEqual({ jobs: 3 })
})

test('what is open when the client closes is told apart by whether the bridge has it', async () => {
  const { client, heard, line } = scriptedClient(() => {})
  const given = rejection(client.answer(request(1), calling('one/1').call))
  await vi.waitFor(() => expect(heard).toHaveLength(1))
  line.cut()
  const waiting = rejection(client.answer(request(1), calling('one/2').call))
  await client.close()
  expect(await given).toMatchObject({ error: 'Unknown' })
  expect(await waiting).toMatchObject({ name: 'BridgeUnreachable' })
})

test('a session that opens before dialling has returned is used', async () => {
  const { client } = scriptedClient(echo, {
    dial: listener =>
      openLine(
        {
          onPacket: (peer, { body }) =>
            peer.send({ body: { kind: 'answer', id: (body as Submit).id, output: 7 } }),
        },
        listener,
        undefined,
      ).channel,
  })
  expect(await client.answer(request(1), calling('one/1').call)).toBe(7)
})
