/**
 * The handshake IK of the Noise Protocol Framework, revision 34 (noiseprotocol.org/noise.html): the initiator knows whom it
 * talks to, tells who it is under that one's key, and both have fresh keys after one message each way.
 *
 *     <- s
 *     -> e, es, s, ss
 *     <- e, ee, se
 *
 * The first message can be replayed by whoever saw it. A responder therefore believes in an initiator only once something
 * that it sealed with the keys of the handshake has arrived.
 */
import { tagBytes } from './cipher.ts'
import { type SymmetricState, symmetricState } from './symmetric.ts'
import { type DhPair, freshPair, keyBytes, sharedSecret } from './x25519.ts'

const protocol = 'Noise_IK_25519_ChaChaPoly_SHA256'

/** The keys of a finished handshake: what we seal with, what we open with, and a hash that both ends share. */
export interface SessionKeys {
  readonly sending: Buffer
  readonly receiving: Buffer
  readonly hash: Buffer
}

/** What the responder read of a first message. */
export interface Hello {
  /** The initiator's public key. */
  readonly from: Buffer
  readonly payload: Buffer
  /** Makes the second message. */
  answer(payload: Uint8Array): { readonly message: Buffer; readonly keys: SessionKeys }
}

export interface HandshakeOptions {
  readonly own: DhPair
  /** What both ends must agree on besides, such as the protocol that follows. */
  readonly prologue: Uint8Array
  /** For test vectors; fresh otherwise. */
  readonly ephemeral?: DhPair
}

function begin(prologue: Uint8Array, responder: Uint8Array): SymmetricState {
  const state = symmetricState(protocol)
  state.mixHash(prologue)
  state.mixHash(responder)
  return state
}

/** Begins a handshake with whoever has the secret half of `far`. */
export function initiate(
  { own, prologue, ephemeral = freshPair() }: HandshakeOptions,
  far: Uint8Array,
  payload: Uint8Array,
): {
  readonly message: Buffer
  /** Reads the second message: its payload and the keys, or nothing where it is not from whoever was meant. */
  finish(message: Uint8Array): { readonly payload: Buffer; readonly keys: SessionKeys } | undefined
} {
  const state = begin(prologue, far)
  state.mixHash(ephemeral.bytes)
  state.mixKey(sharedSecret(ephemeral, far))
  const identity = state.encryptAndHash(own.bytes)
  state.mixKey(sharedSecret(own, far))
  const message = Buffer.concat([ephemeral.bytes, identity, state.encryptAndHash(payload)])
  return {
    message,
    finish: answer =>
      guarded(() => {
        if (answer.length < keyBytes + tagBytes) return undefined
        const farEphemeral = answer.subarray(0, keyBytes)
        state.mixHash(farEphemeral)
        state.mixKey(sharedSecret(ephemeral, farEphemeral))
        state.mixKey(sharedSecret(own, farEphemeral))
        const said = state.decryptAndHash(answer.subarray(keyBytes))
        if (said === undefined) return undefined
        const [sending, receiving] = state.split()
        return { payload: said, keys: { sending, receiving, hash: state.hash } }
      }),
  }
}

/** Reads a first message, or answers nothing where it was not meant for us or somebody changed it. */
export function respond(
  { own, prologue, ephemeral = freshPair() }: HandshakeOptions,
  message: Uint8Array,
): Hello | undefined {
  return guarded(() => {
    const identityEnd = 2 * keyBytes + tagBytes
    if (message.length < identityEnd + tagBytes) return undefined
    const state = begin(prologue, own.bytes)
    const farEphemeral = message.subarray(0, keyBytes)
    state.mixHash(farEphemeral)
    state.mixKey(sharedSecret(own, farEphemeral))
    const from = state.decryptAndHash(message.subarray(keyBytes, identityEnd))
    if (from === undefined) return undefined
    state.mixKey(sharedSecret(own, from))
    const payload = state.decryptAndHash(message.subarray(identityEnd))
    if (payload === undefined) return undefined
    return {
      from,
      payload,
      answer(said) {
        state.mixHash(ephemeral.bytes)
        state.mixKey(sharedSecret(ephemeral, farEphemeral))
        state.mixKey(sharedSecret(ephemeral, from))
        const answer = Buffer.concat([ephemeral.bytes, state.encryptAndHash(said)])
        const [receiving, sending] = state.split()
        return { message: answer, keys: { sending, receiving, hash: state.hash } }
      },
    }
  })
}

/** OpenSSL throws at keys of low order: an answer to whoever sent them is all that they are not worth. */
function guarded<T>(work: () => T | undefined): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}
