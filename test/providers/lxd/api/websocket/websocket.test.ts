import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type LxdClient, openClient } from '../../../../../src/providers/lxd/api/client.ts'
import { watchEvents } from '../../../../../src/providers/lxd/api/events.ts'
import { type ScriptedServer, startScripted } from '../../../../fakes/lxd/scripted-server.ts'

let server: ScriptedServer
let client: LxdClient
afterEach(async () => {
  client.close()
  await server.stop()
})

const asked = { doing: 'listening', path: '/1.0/events' }
const soon = () => ({ signal: AbortSignal.timeout(10_000) })

/** Speaks websocket far enough for a test: `then` has the connection once both sides agreed. */
async function speaking(then: (socket: Duplex) => void, salt = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11') {
  server = await startScripted({
    upgrade(request, socket) {
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}${salt}`)
        .digest('base64')
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      then(socket)
    },
  })
  client = openClient({ socket: server.socket })
}

const text = (words: string) => Buffer.concat([Buffer.from([0x81, words.length]), Buffer.from(words)])

describe('a websocket', () => {
  test('reads messages, answers pings between them and ends when the server closes', async () => {
    const heard: Buffer[] = []
    await speaking(socket => {
      socket.on('data', chunk => heard.push(chunk))
      socket.write(
        Buffer.concat([text('one'), Buffer.from([0x89, 2, 104, 105]), text('two'), Buffer.from([0x88, 0])]),
      )
    })
    const stream = await client.stream(asked, { ...soon(), messages: true })
    const read: string[] = []
    for await (const message of stream) read.push(String(message))
    expect(read).toEqual(['one', 'two'])
    await vi.waitFor(() => expect(Buffer.concat(heard).subarray(0, 2)).toEqual(Buffer.from([0x8a, 0x82])))
  })

  test('is refused by what answers with something else', async () => {
    await speaking(() => undefined, 'another salt')
    await expect(client.stream(asked, soon())).rejects.toMatchObject({ kind: 'malformed' })
  })

  test('is refused with the words of the server', async () => {
    server = await startScripted({
      upgrade: (_, socket) => {
        const body = JSON.stringify({ type: 'error', error_code: 403, error: 'not authorized' })
        socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      },
    })
    client = openClient({ socket: server.socket })
    await expect(client.stream(asked, soon())).rejects.toMatchObject({ kind: 'forbidden' })
  })

  test('ends with an error on what is no frame', async () => {
    await speaking(socket => socket.write(Buffer.from([0xf2, 0x80, 1, 2, 3])))
    const stream = await client.stream(asked, soon())
    await expect(stream.toArray()).rejects.toMatchObject({ kind: 'malformed' })
  })

  test('ends when the connection does', async () => {
    await speaking(socket => socket.end(text('last')))
    const stream = await client.stream(asked, { ...soon(), messages: true })
    expect((await stream.toArray()).map(String)).toEqual(['last'])
  })
})

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('events', () => {
  test('that are none of ours are passed over', async () => {
    const event = (action: string, source: string) =>
      JSON.stringify({ type: 'lifecycle', metadata: { action, source } })
    const sent = [
      'no JSON',
      '{"type":"logging"}',
      event('image-created', '/1.0/images/abc'),
      event('instance-started', '/1.0/instances/a%20b?project=x'),
      event('instance-stopped', '/1.0/instances/%ff'),
    ]
    await speaking(socket => {
      for (const words of sent) socket.write(text(words))
      socket.end()
    })
    expect(await all(watchEvents(client, soon()))).toEqual([
      { action: 'instance-started', instance: 'a b' },
      { action: 'instance-stopped', instance: '%ff' },
    ])
  })

  test('end when nobody listens any more', async () => {
    await speaking(() => undefined)
    const stop = new AbortController()
    expect(await all(watchEvents(client, { signal: stop.signal }, () => stop.abort()))).toEqual([])
  })
})
