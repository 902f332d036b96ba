import { afterAll, beforeAll, expect, test } from 'vitest'
import { utteranceKeys } from '../../../src/core/utterance.ts'
import { wemo } from '../../../src/core/wemo.ts'
import { portsOf } from '../../../src/triggers/wemo/identity.ts'
import { answerLimit } from '../../../src/triggers/wemo/limit.ts'
import { readPacket } from '../../../src/triggers/wemo/search.ts'
import { readCall } from '../../../src/triggers/wemo/soap.ts'
import fc from '../../support/fast-check.ts'
import { call, openScene, plexOff, plexOn, type Scene, searchFor } from './scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await openScene([wemo('plex', { on: plexOn, off: plexOff })])
})
afterAll(() => scene.close())

/** Something good with bytes of it changed, taken out and put in. */
const damaged = (good: string) =>
  fc
    .array(
      fc.tuple(fc.nat({ max: good.length }), fc.nat({ max: 3 }), fc.string({ unit: 'binary', maxLength: 4 })),
      { maxLength: 4 },
    )
    .map(cuts =>
      cuts.reduce((text, [at, length, put]) => text.slice(0, at) + put + text.slice(at + length), good),
    )

test('no packet is more than counted', () => {
  const packets = fc.oneof(
    fc.uint8Array({ maxLength: 3_000 }),
    damaged(searchFor('ssdp:all')).map(text => Buffer.from(text)),
  )
  fc.assert(
    fc.property(packets, packet => {
      const read = readPacket(packet)
      expect(['search', 'other', 'malformed']).toContain(read.kind)
      if (read.kind === 'search') expect(Buffer.from(packet).toString('latin1')).toContain(read.target)
    }),
    { numRuns: 1_000 },
  )
})

test('no body is more than refused, and none switches that does not say so', () => {
  const good = call('SetBinaryState', '<BinaryState>1</BinaryState>')
  const bodies = fc.oneof(fc.string({ unit: 'binary', maxLength: 500 }), damaged(good.body))
  const headers = fc.constantFrom(
    good.headers.SOAPACTION,
    undefined,
    'x',
    '"urn:Belkin:service:basicevent:1#__proto__"',
  )
  fc.assert(
    fc.property(headers, bodies, (header, body) => {
      const read = readCall(header, body)
      if ('fault' in read) return
      expect(header).toBe(good.headers.SOAPACTION)
      expect(read.action).toBe('SetBinaryState')
      expect(body).toMatch(read.action === 'SetBinaryState' && read.state === 'on' ? /1/ : /0/)
    }),
    { numRuns: 1_000 },
  )
})

test('whatever comes in, the switch is served on', async () => {
  const body = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), damaged(call('SetBinaryState').body))
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), body, async (packet, text) => {
      await scene.search(packet, 0)
      const answer = await fetch(`${scene.url('plex')}/upnp/control/basicevent1`, {
        ...call('SetBinaryState'),
        body: text,
      })
      expect([200, 500]).toContain(answer.status)
    }),
    { numRuns: 60 },
  )
  expect((await fetch(`${scene.url('plex')}/setup.xml`)).status).toBe(200)
})

test('each switch has a port of its own, which stays as others come and go', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1 }), {
    minLength: 1,
    maxLength: 40,
    selector: name => name.toLowerCase(),
  })
  fc.assert(
    fc.property(names, all => {
      const ports = portsOf(
        'closet',
        all.map(name => ({ name })),
        49_200,
      )
      expect(new Set(ports.values()).size).toBe(all.length)
      expect(
        portsOf(
          'closet',
          all.toReversed().map(name => ({ name })),
          49_200,
        ),
      ).toEqual(ports)
      for (const port of ports.values()) expect(port >= 49_200 && port < 50_200).toBe(true)
    }),
  )
})

test('names of executions are such that AWS takes, and tell devices and times apart', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 64 })
  fc.assert(
    fc.property(name, name, fc.nat({ max: 4e12 }), (one, other, at) => {
      const [key, before] = utteranceKeys(one, 'on', at)
      for (const text of [key, before]) expect(text).toMatch(/^[A-Za-z0-9_-]{1,77}$/)
      expect(utteranceKeys(one, 'on', at + 10_000)[1]).toBe(key)
      expect(utteranceKeys(one, 'off', at)[0]).not.toBe(key)
      if (one.toLowerCase() !== other.toLowerCase()) expect(utteranceKeys(other, 'on', at)[0]).not.toBe(key)
    }),
  )
})

test('no asker and no crowd gets more answers than the limit in a second', () => {
  let now = 0
  const allows = answerLimit(() => now)
  const asked = Array.from({ length: 5_000 }, (_, index) => allows(`10.0.${index >> 8}.${index & 255}`, 10))
  expect(asked.filter(Boolean)).toHaveLength(100)
  now = 1_000
  expect(Array.from({ length: 100 }, () => allows('10.9.9.9', 10)).filter(Boolean)).toHaveLength(20)
})
