import { expect, test } from 'vitest'
import { magicPacket } from '../../../src/providers/physical/wake/packet.ts'
import fc from '../../support/fast-check.ts'

const six = fc.uint8Array({ minLength: 6, maxLength: 6 })
const written = (bytes: Uint8Array) => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join(':')

test('a magic packet is six bytes of ones, the address sixteen times, and the password', () => {
  fc.assert(
    fc.property(six, fc.option(six, { nil: undefined }), (mac, password) => {
      const packet = magicPacket(written(mac), password && written(password))
      expect(packet.subarray(0, 6).every(byte => byte === 0xff)).toBe(true)
      for (let at = 6; at < 102; at += 6) expect([...packet.subarray(at, at + 6)]).toEqual([...mac])
      expect([...packet.subarray(102)]).toEqual([...(password ?? [])])
    }),
  )
})
