import type { Channel, ChannelListener, ChannelState } from '../channel.ts'
import { decodeKey, type KeyPair } from '../keys.ts'
import { messagesVersion } from '../messages.ts'
import { initiate } from '../noise/ik.ts'
import { pairOf } from '../noise/x25519.ts'
import { type Bundle, openBundle } from './bundle.ts'
import { encodePackets, encodeWord, type Word } from './content.ts'
import { decodeFrame, encodeFrame, frameVersion } from './frame.ts'
import { greeting, type Purpose, prologueOf, readGreeting, welcomeSchema } from './greeting.ts'
import { type SealedPair, sealedPair } from './sealed.ts'
import { retryPause, type Timing, usualTiming } from './timing.ts'

/** What carries frames to the far end. It connects by itself, and again whenever it was lost. */
export interface Wire {
  /** False where there is no connection, or it takes nothing any more. */
  send(frame: Buffer): boolean
  close(): Promise<void>
}

/** What the wire tells. */
export interface WireListener {
  onConnected(): void
  onDisconnected(why: string): void
  /** Something could not be sent, although there is a connection. */
  onStalled(why: string): void
  /** It will never be let in. */
  onRefused(why: string): void
  onFrame(bytes: Buffer): void
}

export interface DialSessionOptions {
  openWire(listener: WireListener): Wire
  /** Whom we mean to talk to: the public key of the bridge. */
  readonly farKey: string
  readonly keys: KeyPair
  readonly purpose: Purpose
  readonly timing?: Timing | undefined
}

type Attempt = ReturnType<typeof initiate>

/**
 * Holds a session with whoever has the secret half of `farKey`: shakes hands when the wire is connected, and again
 * whenever the session is lost, with pauses that grow. Nothing that arrives throws.
 */
export function dialSession(options: DialSessionOptions, listener: ChannelListener): Channel {
  const { openWire, farKey, keys, purpose, timing = usualTiming } = options
  const own = pairOf(decodeKey(keys.secretKey))
  const far = decodeKey(farKey)
  const prologue = prologueOf(purpose)
  const hello = Buffer.from(JSON.stringify(greeting))
  let state: ChannelState = { at: 'connecting' }
  let attempt: Attempt | undefined
  let sealed: SealedPair | undefined
  let outgoing: Bundle | undefined
  let tries = 0
  let heardAt = 0
  let spokeAt = 0
  let retry: NodeJS.Timeout | undefined
  let beat: NodeJS.Timeout | undefined
  const isOver = () => state.at === 'refused' || state.at === 'closed'

  const move = (to: ChannelState) => {
    if (isOver()) return
    state = to
    listener.onState?.(to)
  }
  const stop = () => {
    clearTimeout(retry)
    clearInterval(beat)
    attempt = undefined
    sealed = undefined
    outgoing = undefined
  }
  const finish = (to: ChannelState) => {
    stop()
    move(to)
    void wire.close()
  }
  const send = (plain: Buffer): boolean => {
    if (sealed === undefined) return false
    if (wire.send(sealed.seal(plain))) {
      spokeAt = performance.now()
      return true
    }
    // Its number is used up, so that the far end would miss it.
    lose('the connection takes nothing', 'later')
    return false
  }
  const say = (word: Word): boolean => outgoing?.flush() === true && send(encodeWord(word))
  const shakeHands = () => {
    clearTimeout(retry)
    // The same word again, and not another: an answer that comes late is then still one, however long the far end took.
    attempt ??= initiate({ own, prologue }, far, hello)
    wire.send(encodeFrame('hello', attempt.message))
    retry = setTimeout(shakeHands, retryPause(timing, tries++))
  }
  /** The session is over; another one is made where the wire is still there, at once or a little later. */
  const lose = (why: string, again: 'at once' | 'later' | 'when connected') => {
    const wasOpen = sealed !== undefined
    stop()
    if (isOver()) return
    if (wasOpen || state.at !== 'connecting' || state.why !== why) move({ at: 'connecting', why })
    if (again === 'at once') shakeHands()
    else if (again === 'later') retry = setTimeout(shakeHands, retryPause(timing, tries++))
  }
  const watch = () => {
    const now = performance.now()
    if (now - heardAt > timing.silence)
      lose(`nothing was heard of the far end for ${timing.silence / 1000} s`, 'at once')
    else if (now - spokeAt >= timing.beat) say({ type: 'ping' })
  }
  const welcome = (rest: Buffer) => {
    const ended = attempt?.finish(rest)
    // A copy, or from somebody else: the handshake can't go on after it, and the next one is another.
    attempt = undefined
    if (ended === undefined) return
    const said = readGreeting(welcomeSchema, ended.payload)
    if (said === undefined) return
    if ('refused' in said) return finish({ at: 'refused', why: said.refused })
    if (said.messages !== messagesVersion) return finish({ at: 'refused', why: otherVersion(said.messages) })
    stop()
    tries = 0
    const pair = sealedPair(ended.keys)
    sealed = pair
    // What was meant for a session that is over is not said on the next one.
    outgoing = openBundle(packets => sealed === pair && send(encodePackets(packets)))
    heardAt = performance.now()
    beat = setInterval(watch, timing.beat / 2)
    // The far end believes in us once this arrives.
    if (say({ type: 'ping' })) move({ at: 'open' })
  }
  const hear = (rest: Buffer) => {
    const session = sealed
    const opened = session?.open(rest)
    if (opened === undefined || 'garbage' in opened) return
    if ('lost' in opened) return lose(opened.lost, 'at once')
    heardAt = performance.now()
    const { content } = opened
    if (content.type === 'packets') {
      for (const packet of content.packets) if (sealed === session) listener.onPacket(packet)
    } else if (content.type === 'ping') say({ type: 'pong' })
    else if (content.type === 'bye') lose(content.why, 'later')
  }
  const wire = openWire({
    onConnected: () => {
      if (!isOver() && sealed === undefined) shakeHands()
    },
    onDisconnected: why => lose(why, 'when connected'),
    onStalled: why => lose(why, 'later'),
    onRefused: why => finish({ at: 'refused', why }),
    onFrame(bytes) {
      if (isOver()) return
      const frame = decodeFrame(bytes)
      if (frame === undefined || frame === 'foreign') return
      if (frame.kind === 'welcome') welcome(frame.rest)
      else if (frame.kind === 'sealed') hear(frame.rest)
      // Nobody vouches for this word, so that it ends no session and is not the last one.
      else if (frame.kind === 'foreign' && sealed === undefined) lose(otherFrames(frame.rest[0]), 'later')
      else if (frame.kind === 'stray' && sealed !== undefined)
        lose('the far end knows nothing of this session any more', 'later')
    },
  })

  return {
    get state() {
      return state
    },
    send: packet => state.at === 'open' && outgoing?.add(packet) === true,
    async close() {
      if (state.at === 'open') say({ type: 'bye', why: 'closed' })
      stop()
      move({ at: 'closed' })
      await wire.close()
    },
  }
}

function otherVersion(version: number): string {
  return `the bridge speaks version ${version} of the messages and we speak ${messagesVersion}: bring both to the same release`
}

function otherFrames(version: number | undefined): string {
  return `the far end speaks version ${version ?? 'unknown'} of the protocol and we speak ${frameVersion}: bring both to the same release`
}
