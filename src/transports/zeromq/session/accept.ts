import { randomUUID } from 'node:crypto'
import type { Identity, Peer, Reception } from '../channel.ts'
import { decodeKey, encodeKey, type KeyPair } from '../keys.ts'
import { messagesVersion } from '../messages.ts'
import { respond, type SessionKeys } from '../noise/ik.ts'
import { pairOf } from '../noise/x25519.ts'
import { type Bundle, openBundle } from './bundle.ts'
import { type Content, encodePackets, encodeWord, type Word } from './content.ts'
import { decodeFrame, encodeFrame, frameVersion } from './frame.ts'
import { greeting, helloSchema, type Purpose, prologueOf, readGreeting, type Welcome } from './greeting.ts'
import { type SealedPair, sealedPair } from './sealed.ts'
import { type Timing, usualTiming } from './timing.ts'

/** What carries frames to and from those who dialled. */
export interface Link {
  /** False where it can't be sent: nobody is there under that address, or it takes nothing any more. */
  send(to: Buffer, frame: Buffer): boolean
}

/** Whether a key is let in: as whom, as a stranger who may enrol, or not at all and why. */
export type Admission = { readonly identity: Identity } | 'stranger' | { readonly refused: string }

export interface AcceptOptions {
  readonly link: Link
  readonly keys: KeyPair
  readonly purpose: Purpose
  /** Asked at each handshake, and of everybody again by `recheck`. */
  admit(key: string): Admission
  readonly timing?: Timing | undefined
}

/** What was counted since the beginning. */
export interface SessionCounts {
  readonly opened: number
  readonly refused: number
  /** Frames that were nothing, or nothing that we could read. */
  readonly garbage: number
  /** Sessions that ended because something in the middle of them never arrived. */
  readonly lost: number
}

/** The sessions of one endpoint. */
export interface Sessions {
  /** Hands over what came from an address. */
  take(from: Buffer, bytes: Buffer): void
  /** Nothing can be sent to an address any more. */
  gone(address: Buffer, why: string): void
  readonly peers: readonly Peer[]
  readonly counts: SessionCounts
  /** Asks of everybody again whether they are let in; who is not is dropped. Answers how many were. */
  recheck(): number
  /** Forgets everybody without a word, as when their connections are gone; they shake hands again. */
  forget(why: string): void
  /** Says goodbye to everybody and takes nothing more. */
  close(why: string): void
}

interface Session {
  readonly address: Buffer
  readonly peer: Peer
  readonly sealed: SealedPair
  readonly outgoing: Bundle
  /** What it began with, and what was answered: whoever got no answer in time says the same again. */
  readonly hello: Buffer
  readonly welcome: Buffer
  /** Whether something that the far end sealed has arrived: a first message alone may be a copy. */
  proven: boolean
  heardAt: number
}

/** Handshakes that wait for their proof; the oldest goes when there are more. */
const mostUnproven = 1_024

/**
 * Accepts sessions over a link. One address has one session: a new handshake that is proven takes the place of the one
 * before. Nothing that arrives throws.
 */
export function acceptSessions(options: AcceptOptions, reception: Reception): Sessions {
  const { link, keys, purpose, admit, timing = usualTiming } = options
  const own = pairOf(decodeKey(keys.secretKey))
  const prologue = prologueOf(purpose)
  const live = new Map<string, Session>()
  const unproven = new Map<string, Session>()
  const counts = { opened: 0, refused: 0, garbage: 0, lost: 0 }
  const names = (address: Buffer) => address.toString('latin1')

  const end = (session: Session, why: string) => {
    const name = names(session.address)
    if (unproven.get(name) === session) unproven.delete(name)
    if (live.get(name) !== session) return
    live.delete(name)
    reception.onGone?.(session.peer, why)
  }
  const isLive = (session: Session) => live.get(names(session.address)) === session
  const sendOn = (session: Session, plain: Buffer): boolean => {
    if (!isLive(session)) return false
    if (link.send(session.address, session.sealed.seal(plain))) return true
    end(session, 'it takes nothing any more')
    return false
  }
  const say = (session: Session, word: Word): boolean =>
    session.outgoing.flush() && sendOn(session, encodeWord(word))
  const openSession = (
    { address, hello, welcome }: Pick<Session, 'address' | 'hello' | 'welcome'>,
    key: string,
    identity: Identity | undefined,
    made: SessionKeys,
  ) => {
    const session: Session = {
      address,
      hello,
      welcome,
      sealed: sealedPair(made),
      outgoing: openBundle(packets => sendOn(session, encodePackets(packets))),
      proven: false,
      heardAt: performance.now(),
      peer: {
        id: randomUUID(),
        key,
        identity,
        since: Date.now(),
        send: packet => isLive(session) && session.outgoing.add(packet),
        drop: why => {
          say(session, { type: 'bye', why })
          end(session, why)
        },
      },
    }
    if (unproven.size >= mostUnproven) unproven.delete(unproven.keys().next().value!)
    unproven.set(names(address), session)
  }
  const shakeHands = (address: Buffer, message: Buffer) => {
    // A handshake costs a thousand times as much as this: many who come at once and grow impatient must not add up.
    const name = names(address)
    if (live.get(name)?.hello.equals(message)) return
    const begun = unproven.get(name)
    if (begun?.hello.equals(message)) return void link.send(address, begun.welcome)
    const hello = respond({ own, prologue }, message)
    const said = hello && readGreeting(helloSchema, hello.payload)
    if (hello === undefined || said === undefined) return void counts.garbage++
    const key = encodeKey(hello.from)
    const admission = said.messages === messagesVersion ? admit(key) : otherVersion(said.messages)
    const refused = typeof admission === 'object' && 'refused' in admission
    const identity = typeof admission === 'object' && 'identity' in admission ? admission.identity : undefined
    const welcome: Welcome = refused
      ? { refused: admission.refused }
      : { ...greeting, identity: identity ?? null }
    const answer = hello.answer(Buffer.from(JSON.stringify(welcome)))
    const frame = encodeFrame('welcome', answer.message)
    if (refused) counts.refused++
    // Of the frame that it came in nothing else is kept.
    else openSession({ address, hello: Buffer.from(message), welcome: frame }, key, identity, answer.keys)
    link.send(address, frame)
  }
  const prove = (session: Session) => {
    const name = names(session.address)
    unproven.delete(name)
    const before = live.get(name)
    if (before !== undefined) end(before, 'it began a new session')
    session.proven = true
    live.set(name, session)
    counts.opened++
    reception.onPeer?.(session.peer)
  }
  const hear = (session: Session, content: Content) => {
    session.heardAt = performance.now()
    if (content.type === 'packets') {
      for (const packet of content.packets) if (isLive(session)) reception.onPacket(session.peer, packet)
    } else if (content.type === 'ping') say(session, { type: 'pong' })
    else if (content.type === 'bye') end(session, content.why)
  }
  const unsealIn = (address: Buffer, rest: Buffer) => {
    const name = names(address)
    for (const session of [unproven.get(name), live.get(name)]) {
      if (session === undefined) continue
      const opened = session.sealed.open(rest)
      if ('garbage' in opened) continue
      if ('lost' in opened) {
        counts.lost++
        end(session, opened.lost)
        link.send(address, encodeFrame('stray'))
        return
      }
      if (!session.proven) prove(session)
      return hear(session, opened.content)
    }
    counts.garbage++
    if (!unproven.has(name) && !live.has(name)) link.send(address, encodeFrame('stray'))
  }
  const sweep = setInterval(() => {
    const longAgo = performance.now() - timing.silence
    for (const session of [...unproven.values(), ...live.values()])
      if (session.heardAt < longAgo) end(session, `nothing was heard of it for ${timing.silence / 1000} s`)
  }, timing.silence / 4)
  sweep.unref()

  return {
    take(from, bytes) {
      const frame = decodeFrame(bytes)
      if (frame === undefined) counts.garbage++
      else if (frame === 'foreign') {
        counts.garbage++
        link.send(from, encodeFrame('foreign', Buffer.of(frameVersion)))
      } else if (frame.kind === 'hello') shakeHands(from, frame.rest)
      else if (frame.kind === 'sealed') unsealIn(from, frame.rest)
      // The other kinds are ours to say; what answers them would answer itself for ever.
      else counts.garbage++
    },
    gone(address, why) {
      const name = names(address)
      for (const session of [unproven.get(name), live.get(name)]) if (session) end(session, why)
    },
    get peers() {
      return [...live.values()].map(({ peer }) => peer)
    },
    counts,
    recheck() {
      let dropped = 0
      for (const { peer } of [...unproven.values(), ...live.values()]) {
        const admission = admit(peer.key)
        const refused = typeof admission === 'object' && 'refused' in admission
        const identity = typeof admission === 'object' && 'identity' in admission ? admission.identity : null
        const same =
          identity?.name === peer.identity?.name && identity?.role === peer.identity?.role && !refused
        if (same) continue
        dropped++
        peer.drop(refused ? admission.refused : 'its key is another now')
      }
      return dropped
    },
    forget(why) {
      for (const session of [...unproven.values(), ...live.values()]) end(session, why)
    },
    close(why) {
      clearInterval(sweep)
      for (const { peer } of [...live.values()]) peer.drop(why)
      unproven.clear()
    },
  }
}

function otherVersion(version: number): Admission {
  return {
    refused: `it speaks version ${version} of the messages and the bridge version ${messagesVersion}: bring both to the same release`,
  }
}
