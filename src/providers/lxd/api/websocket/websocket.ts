import { createHash, randomBytes } from 'node:crypto'
import { Duplex } from 'node:stream'
import type { Connection } from '../connection.ts'
import { readAnswer } from '../envelope.ts'
import { LxdError } from '../errors.ts'
import type { Upgraded } from '../exchange.ts'
import { createFrameReader, createMessageReader, type Frame, opcodes, writeFrame } from './frames.ts'

interface WebSocketOptions {
  readonly doing: string
  readonly signal: AbortSignal
  /** Reads a message at a time; otherwise a stream of bytes. */
  readonly messages?: boolean
}

/** How often a silent server is asked whether it is there, in milliseconds, and how often it may not answer. */
const pingMs = 20_000
const missedPings = 2

/** The code for an end in order (RFC 6455, 7.4.1), as it stands in a frame. */
const normalEnd = Buffer.from([1000 >> 8, 1000 & 0xff])

/** How long opening may take, in milliseconds. */
const openMs = 30_000

/** What every server of the protocol mixes with our key (RFC 6455, 1.3). */
const salt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/**
 * Opens a websocket on a path of the API, over whatever leads to the server. What is written becomes binary messages;
 * what is read ends when the server closes. Pings are answered and sent, and a server that stays silent for a minute
 * ends it with an error. Rejects with `LxdError`.
 */
export async function openWebSocket(
  connection: Connection,
  path: string,
  { doing, signal, messages = false }: WebSocketOptions,
): Promise<Duplex> {
  const key = randomBytes(16).toString('base64')
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': key,
  }
  const upgraded = await connection.upgrade(
    { doing, method: 'GET', path, signal, timeout: openMs },
    headers,
    reply => {
      readAnswer(reply, doing)
      return new LxdError('malformed', 'the server answered instead of opening a websocket', { doing })
    },
  )
  const accepted = createHash('sha1')
    .update(key + salt)
    .digest('base64')
  if (upgraded.headers['sec-websocket-accept'] !== accepted) {
    upgraded.socket.destroy()
    throw new LxdError('malformed', 'what answered is no websocket', { doing })
  }
  return speak(upgraded, messages, doing)
}

function speak({ socket, head }: Upgraded, messages: boolean, doing: string): Duplex {
  const frames = createFrameReader()
  const message = createMessageReader()
  let silent = 0
  let ended = false
  const send = (opcode: number, payload: Uint8Array, done?: (error?: Error | null) => void) =>
    socket.write(writeFrame(opcode, payload), done)
  const stream = new Duplex({
    readableObjectMode: messages,
    allowHalfOpen: false,
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, done) => send(opcodes.binary, chunk, done),
    // A server that has gone doesn't hear that we go, too.
    final: done => send(opcodes.close, normalEnd, () => done()),
    destroy(error, done) {
      ended = true
      clearInterval(timer)
      socket.destroy()
      done(error)
    },
  })
  const end = () => {
    if (!ended) stream.push(null)
    ended = true
  }
  const fail = (kind: 'unreachable' | 'malformed', why: string, cause?: unknown) => {
    if (!ended) stream.destroy(new LxdError(kind, why, { doing, cause }))
  }
  const timer = setInterval(() => {
    if (++silent > missedPings) fail('unreachable', 'the server stopped answering')
    else send(opcodes.ping, Buffer.alloc(0))
  }, pingMs)
  const take = (frame: Frame) => {
    if (frame.opcode === opcodes.ping) send(opcodes.pong, frame.payload)
    else if (frame.opcode === opcodes.close) end()
    else if (frame.opcode < opcodes.close) {
      const whole = message(frame)
      if (whole === undefined) return
      // An empty text between bytes is how LXD says that there will be no more of them.
      if (!messages && whole.text && whole.bytes.length === 0) end()
      else if (!stream.push(whole.bytes)) socket.pause()
    }
  }
  const read = (chunk: Buffer) => {
    silent = 0
    try {
      for (const frame of frames(chunk)) if (!ended) take(frame)
    } catch (cause) {
      fail('malformed', (cause as Error).message, cause)
    }
  }
  socket.on('data', read)
  socket.on('error', cause => fail('unreachable', `the connection broke (${cause.message})`, cause))
  socket.once('close', end)
  if (head.length > 0) read(head)
  return stream
}
