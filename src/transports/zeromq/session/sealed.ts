import { createSecretKey } from 'node:crypto'
import { seal, unseal } from '../noise/cipher.ts'
import type { SessionKeys } from '../noise/ik.ts'
import { type Content, decodeContent } from './content.ts'
import { encodeFrame, headerOf } from './frame.ts'

/** What came of a sealed frame: what it says, or why it says nothing. */
export type Opened =
  | { readonly content: Content }
  /** Not sealed by the far end, or a copy of what was heard before: it counts for nothing. */
  | { readonly garbage: string }
  /** Something before it never arrived, so that this session can't be trusted to be whole any more. */
  | { readonly lost: string }

/** The two directions of a session. Every message has its number, sealed with it, so that none is heard twice or missed. */
export interface SealedPair {
  /** Seals encoded content into a frame. */
  seal(plain: Buffer): Buffer
  open(rest: Buffer): Opened
}

const numberBytes = 8

const header = headerOf('sealed')

export function sealedPair(keys: SessionKeys): SealedPair {
  const [sending, receiving] = [createSecretKey(keys.sending), createSecretKey(keys.receiving)]
  let nextOut = 0n
  let nextIn = 0n
  const about = (number: Uint8Array) => Buffer.concat([header, number])
  return {
    seal(plain) {
      const number = Buffer.alloc(numberBytes)
      number.writeBigUInt64BE(nextOut)
      return encodeFrame('sealed', number, seal(sending, nextOut++, about(number), plain))
    },
    open(rest) {
      if (rest.length < numberBytes) return { garbage: 'too short' }
      const bytes = rest.subarray(0, numberBytes)
      const number = bytes.readBigUInt64BE()
      if (number < nextIn) return { garbage: 'heard before' }
      const plain = unseal(receiving, number, about(bytes), rest.subarray(numberBytes))
      if (plain === undefined) return { garbage: 'not sealed by the far end' }
      if (number > nextIn) return { lost: `${number - nextIn} messages before it never arrived` }
      nextIn++
      const content = decodeContent(plain)
      return content === undefined ? { garbage: 'no content' } : { content }
    },
  }
}
