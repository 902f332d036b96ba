import { expect, test } from 'vitest'
import { curveKeyPair } from 'zeromq'
import { decodeKey, encodeKey, InvalidKey, isKey, publicKeyOf } from '../../../src/transports/zeromq/keys.ts'
import fc from '../../support/fast-check.ts'

/** The test case of RFC 32, four times over: it has eight bytes, and a key has 32. */
const vector = { bytes: Buffer.from('864fd26fb559f75b'.repeat(4), 'hex'), text: 'HelloWorld'.repeat(4) }

test('keys are written as RFC 32 says', () => {
  expect(encodeKey(vector.bytes)).toBe(vector.text)
  expect(decodeKey(vector.text)).toEqual(vector.bytes)
})

test('every key survives its text', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), bytes => {
      expect(new Uint8Array(decodeKey(encodeKey(bytes)))).toEqual(bytes)
    }),
  )
})

test('a text that is no key is refused without being repeated', () => {
  const bad = ['', 'x'.repeat(39), 'x'.repeat(41), '"'.repeat(40), 'é'.repeat(40), '#####'.repeat(8)]
  for (const text of bad) {
    expect(isKey(text)).toBe(false)
    const decode = () => decodeKey(text)
    expect(decode).toThrow(InvalidKey)
    if (text !== '') expect(decode).not.toThrow(text)
  }
})

test('no two texts are the same key', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-zA-Z.:+=^!/*?&<>()[\]{}@%$#-]{40}$/), text => {
      if (isKey(text)) expect(encodeKey(decodeKey(text))).toBe(text)
    }),
  )
})

test("libzmq's pairs are pairs as we make them", () => {
  const theirs = curveKeyPair()
  expect(publicKeyOf(theirs.secretKey)).toBe(theirs.publicKey)
})
