import { describe, expect, test } from 'vitest'
import { createHandshakes, type Slot } from '../../../src/transports/ssh/adaptive.ts'
import { never } from './reach.ts'

const settled = () => new Promise(resolve => setImmediate(resolve))

describe('handshakes with one address', () => {
  test('are bounded, and other addresses do not wait for them', async () => {
    const handshakes = createHandshakes(2)
    const entered: string[] = []
    const slots: Slot[] = []
    for (const address of ['a', 'a', 'a', 'b']) {
      void handshakes.enter(address, never).then(slot => {
        entered.push(address)
        slots.push(slot)
      })
    }
    await settled()
    expect(entered.toSorted()).toEqual(['a', 'a', 'b'])
    slots[0]?.failed()
    await settled()
    expect(entered.filter(address => address === 'a')).toHaveLength(3)
  })

  test('halve when the server drops one, once for all that were under way', async () => {
    const handshakes = createHandshakes(8)
    const slots = await Promise.all(Array.from({ length: 8 }, () => handshakes.enter('a', never)))
    for (const slot of slots.slice(0, 4)) slot.dropped()
    expect(handshakes.limit('a')).toBe(4)
    for (const slot of slots.slice(4)) slot.failed()
  })

  test('recover with successes, never beyond where they began', async () => {
    const handshakes = createHandshakes(4)
    for (let drop = 0; drop < 4; drop++) (await handshakes.enter('a', never)).dropped()
    expect(handshakes.limit('a')).toBe(1)
    for (let success = 0; success < 40; success++) (await handshakes.enter('a', never)).succeeded()
    expect(handshakes.limit('a')).toBe(4)
  })

  test('give the turn of one that was cancelled to the next', async () => {
    const handshakes = createHandshakes(1)
    const first = await handshakes.enter('a', never)
    const controller = new AbortController()
    const second = handshakes.enter('a', controller.signal)
    const third = handshakes.enter('a', never)
    controller.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    first.succeeded()
    await expect(third).resolves.toBeDefined()
  })
})
