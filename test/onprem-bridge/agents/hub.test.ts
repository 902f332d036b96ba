import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Packet } from '../../../src/transports/zeromq/channel.ts'
import { openLine } from '../../fakes/channel.ts'
import { type Lab, never, noFacts, openLab, tokens, troubleOf, until } from './lab.ts'

let lab: Lab
beforeEach(async () => {
  lab = await openLab({ enrolment: tokens({ secret: 'foo' }) })
})
afterEach(() => lab.close())

describe('who is there', () => {
  test('an agent registers with its facts and its release, and is known by its key', async () => {
    await lab.join('foo', { host: 'somebody-else' })
    expect(lab.hub.agents()).toMatchObject([
      { host: 'foo', state: 'connected', version: '1.2.3', facts: noFacts, open: 0 },
    ])
    expect((await troubleOf(lab.call('somebody-else', 'stats'))).code).toBe('unreachable')
  })

  test('facts that can not be believed are none', async () => {
    await lab.join('foo', { facts: async () => ({ ...noFacts, addresses: ['nonsense'] }) })
    expect(lab.hub.agents()).toMatchObject([{ host: 'foo', facts: null }])
  })

  test('a stranger enrols with a token, once, and is then the agent of that host', async () => {
    const { events } = await lab.join('foo', { stranger: true, token: 'secret' })
    expect(events.map(({ kind }) => kind)).toEqual(['session', 'enrolled', 'registered'])
    expect(await lab.call('foo', 'collect', { name: 'a', every: 0 })).toMatchObject({ collecting: false })
    const { events: second, agent } = await lab.join('foo', { stranger: true, token: 'secret' })
    expect(second.find(({ kind }) => kind === 'refused')).toMatchObject({ error: 'token' })
    expect(await agent.over).toMatchObject({ why: 'refused' })
    expect(lab.events.map(({ kind }) => kind)).toEqual(['enrolled', 'registered', 'enrol-refused'])
  })

  test('an agent whose token was used before it could write that down registers all the same', async () => {
    const { events } = await lab.join('foo', { token: 'used long ago' })
    expect(events.map(({ kind }) => kind)).toEqual(['session', 'enrolled', 'registered'])
    const { events: other } = await lab.join('bar', { host: 'baz', token: 'used long ago' })
    await until(() => other.length === 3)
    expect(other.map(({ kind }) => kind)).toEqual(['session', 'refused', 'registered'])
  })

  test('a stranger may do nothing but enrol', async () => {
    const { agent } = await lab.join('foo', { stranger: true })
    expect(await agent.over).toMatchObject({ why: 'refused', message: expect.stringContaining('token') })
    for (const body of [
      { kind: 'beat', running: 0, waiting: 0 },
      { kind: 'nonsense' },
      { kind: 'result', id: 'x', value: 1 },
    ]) {
      const line = openLine(lab.hub.reception, { onPacket: () => {} }, undefined)
      line.channel.send({ body })
      await until(() => line.channel.state.at === 'refused')
    }
    expect(lab.hub.agents()).toEqual([])
  })

  test('a stranger that guesses tokens is not let guess for long', async () => {
    const heard: object[] = []
    const line = openLine(lab.hub.reception, { onPacket: ({ body }) => heard.push(body) }, undefined)
    for (let count = 0; count < 5; count++)
      line.channel.send({ body: { kind: 'enrol', version: 1, host: 'foo', token: `guess ${count}` } })
    await until(() => line.channel.state.at === 'refused')
    expect(lab.hub.counts()).toMatchObject({ enrolled: 0 })
    expect(lab.hub.agents()).toEqual([])
  })

  test('a key for another role is no agent', async () => {
    const line = openLine(lab.hub.reception, { onPacket: () => {} }, { name: 'laptop', role: 'submit' })
    expect(line.channel.state).toMatchObject({
      at: 'refused',
      why: expect.stringContaining('endpoint for jobs'),
    })
  })

  test('another version of the messages is refused by name', async () => {
    const heard: Packet[] = []
    const line = openLine(
      lab.hub.reception,
      { onPacket: packet => heard.push(packet) },
      { name: 'foo', role: 'agent' },
    )
    line.channel.send({ body: { kind: 'register', version: 2, agent: '9', boot: 'b', facts: null } })
    await until(() => heard.length > 0)
    expect(heard[0]!.body).toMatchObject({
      kind: 'refused',
      error: 'version',
      message: expect.stringContaining('upgrade'),
    })
  })

  test('a newer session takes the place of the older one, which is told', async () => {
    const first = await lab.join('foo')
    const second = await lab.join('foo')
    expect(await first.agent.over).toMatchObject({ why: 'refused' })
    expect(lab.hub.counts()).toMatchObject({ replaced: 1, registered: 2 })
    expect(second.line.channel.state.at).toBe('open')
    expect(await lab.call('foo', 'collect', { name: 'a', every: 0 })).toMatchObject({ name: 'a' })
  })

  test('beats keep it connected; without them it counts as silent, and comes back with them', async () => {
    await lab.close()
    lab = await openLab({ beatMs: 50 })
    const heard: Packet[] = []
    const line = openLine(
      lab.hub.reception,
      { onPacket: packet => heard.push(packet) },
      { name: 'mute', role: 'agent' },
    )
    line.channel.send({ body: { kind: 'register', version: 1, agent: '1', boot: 'b', facts: null } })
    await until(() => lab.hub.agents()[0]?.state === 'silent')
    const trouble = await troubleOf(lab.call('mute', 'stats'))
    expect(trouble).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/said nothing since 20/),
    })
    line.channel.send({ body: { kind: 'beat', running: 3, waiting: 1 } })
    await until(() => lab.hub.agents()[0]?.state === 'connected')
    expect(lab.hub.agents()).toMatchObject([{ running: 3, waiting: 1 }])
  })
})

describe('who is absent', () => {
  test('is unreachable at once, with when it was last heard', async () => {
    expect(await troubleOf(lab.call('foo', 'stats'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('deploy one'),
    })
    const { line } = await lab.join('foo')
    line.cut()
    expect(await troubleOf(lab.call('foo', 'stats'))).toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/last heard at 20\d\d-/),
    })
  })

  test('is waited for as long as was asked, and the call is made once it is there', async () => {
    const opened = lab.transport.open({ name: 'foo' }, { signal: never, wait: 20_000 })
    await lab.join('foo')
    expect(await (await opened).exec(['echo', 'late'], { signal: never })).toMatchObject({ stdout: 'late\n' })
    const trouble = await troubleOf(lab.transport.open({ name: 'bar' }, { signal: never, wait: 30 }))
    expect(trouble).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('nothing was executed'),
    })
    const controller = new AbortController()
    const waiting = troubleOf(
      lab.transport.open({ name: 'bar' }, { signal: controller.signal, wait: 20_000 }),
    )
    controller.abort()
    expect((await waiting).code).toBe('cancelled')
  })

  test('can be forgotten once it is gone', async () => {
    const { line } = await lab.join('foo')
    expect(lab.hub.forget('foo')).toBe(false)
    line.cut()
    expect(lab.hub.forget('foo')).toBe(true)
    expect(lab.hub.agents()).toEqual([])
  })
})
