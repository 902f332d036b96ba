import { describe, expect, test } from 'vitest'
import { seal, unseal } from '../../../../src/transports/zeromq/noise/cipher.ts'
import { initiate, respond } from '../../../../src/transports/zeromq/noise/ik.ts'
import { freshPair, pairOf } from '../../../../src/transports/zeromq/noise/x25519.ts'
import fc from '../../../support/fast-check.ts'

const hex = (text: string) => Buffer.from(text, 'hex')

/** The published vector of Noise_IK_25519_ChaChaPoly_SHA256, as Cacophony and snow test against it. */
const vector = {
  prologue: hex('4a6f686e2047616c74'),
  initiator: {
    own: pairOf(hex('e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1')),
    ephemeral: pairOf(hex('893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a')),
  },
  responder: {
    own: pairOf(hex('4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893')),
    ephemeral: pairOf(hex('bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b')),
  },
  hash: '0b0f68fb0c27e03ce9b97565995ed4838cc0581b762ef72b062f6a546419fad7',
  messages: [
    [
      '4c756477696720766f6e204d69736573',
      'ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944718da798efbcd91528520204f904b9bd6c7413dccdc214d951e15253e39987f18146e8cd0873654207148333479d4d16c289f0294b29960a72f48e0b7bba2e89083169825e59642148d492020664ccf7',
    ],
    [
      '4d757272617920526f746862617264',
      '95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088435361e70b2ed446e6c9ec387d1d6b3b840f194e373979d241b203c4acafccf5',
    ],
    ['462e20412e20486179656b', '050e9f3c8fac16b68dbce8f8c4bfbf6617c897f9ada4aa29aa19c8'],
    ['4361726c204d656e676572', '344233a6cabb7141d80f3da2fedc311d9646bbb0f505afe403a667'],
    [
      '4a65616e2d426170746973746520536179',
      '62cdeeb172ad7ade7aa7d9e069da5790f12331bfa00177787a1d0810c67dc3b2b4',
    ],
    [
      '457567656e2042f6686d20766f6e2042617765726b',
      '029bead1b40992327044d409d9a1f3ad8f36c3c452775d557e18bbeb2e8dfcead32d514024',
    ],
  ],
} as const

const nothing = Buffer.alloc(0)

describe('a handshake', () => {
  test('is the one that the published vector records, to the last byte', () => {
    const { prologue, initiator, responder, messages } = vector
    const first = initiate({ ...initiator, prologue }, responder.own.bytes, hex(messages[0][0]))
    expect(first.message.toString('hex')).toBe(messages[0][1])
    const hello = respond({ ...responder, prologue }, first.message)
    expect(hello?.from).toEqual(initiator.own.bytes)
    expect(hello?.payload.toString('hex')).toBe(messages[0][0])
    const second = hello!.answer(hex(messages[1][0]))
    expect(second.message.toString('hex')).toBe(messages[1][1])
    const ended = first.finish(second.message)
    expect(ended?.payload.toString('hex')).toBe(messages[1][0])
    expect(ended?.keys.hash.toString('hex')).toBe(vector.hash)
    expect(second.keys.hash).toEqual(ended?.keys.hash)
    messages.slice(2).forEach(([plain, sealed], index) => {
      const number = BigInt(index >> 1)
      const [from, to] = index % 2 === 0 ? [ended!.keys, second.keys] : [second.keys, ended!.keys]
      expect(seal(from.sending, number, nothing, hex(plain)).toString('hex')).toBe(sealed)
      expect(unseal(to.receiving, number, nothing, hex(sealed))?.toString('hex')).toBe(plain)
    })
  })

  const prologue = Buffer.from('test')
  const far = freshPair()
  const own = freshPair()

  test('fails with any other key, prologue or byte, and throws at none', () => {
    const begun = initiate({ own, prologue }, far.bytes, Buffer.from('hello'))
    expect(respond({ own: freshPair(), prologue }, begun.message)).toBeUndefined()
    expect(respond({ own: far, prologue: Buffer.from('tent') }, begun.message)).toBeUndefined()
    const answer = respond({ own: far, prologue }, begun.message)!.answer(Buffer.from('welcome')).message
    const impostor = respond({ own: freshPair(), prologue }, begun.message)
    expect(impostor).toBeUndefined()
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const spoiled = Buffer.from(begun.message)
        spoiled[place % spoiled.length]! ^= change
        // The highest bit of a key counts for nothing in X25519, and is hashed all the same.
        expect(respond({ own: far, prologue }, spoiled)).toBeUndefined()
        const again = Buffer.from(answer)
        again[place % again.length]! ^= change
        expect(initiate({ own, prologue }, far.bytes, nothing).finish(again)).toBeUndefined()
      }),
    )
  })

  test('is not made with keys of low order, of which everybody knows the outcome', () => {
    const low = [Buffer.alloc(32), Buffer.from([1, ...Buffer.alloc(31)])]
    for (const bytes of low) {
      const message = Buffer.concat([bytes, Buffer.alloc(64 + 16)])
      expect(respond({ own: far, prologue }, message)).toBeUndefined()
    }
  })

  test('reads no message that is no message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        expect(respond({ own: far, prologue }, bytes)).toBeUndefined()
        expect(initiate({ own, prologue }, far.bytes, nothing).finish(bytes)).toBeUndefined()
      }),
    )
  })
})
