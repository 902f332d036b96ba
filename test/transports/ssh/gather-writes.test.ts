import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { gatherWrites } from '../../../src/transports/ssh/gather-writes.ts'
import { type Listening, listen } from '../../lab/servers.ts'

let server: Listening | undefined
afterEach(() => server?.stop())

/** A socket that gathers, and everything that its far end will have read. */
async function connected() {
  const far = Promise.withResolvers<net.Socket>()
  server = await listen(far.resolve)
  const socket = net.connect(server.port, '127.0.0.1')
  gatherWrites(socket)
  await once(socket, 'connect')
  return { socket, read: text(await far.promise) }
}

test('what is written in one turn is held until its end, and then sent', async () => {
  const { socket, read } = await connected()
  socket.write('length')
  socket.write('payload')
  expect(socket.writableCorked).toBe(1)
  await new Promise(resolve => socket.write('tag', resolve))
  expect(socket.writableCorked).toBe(0)
  socket.end()
  expect(await read).toBe('lengthpayloadtag')
})

test('an end in the same turn sends what was held', async () => {
  const { socket, read } = await connected()
  socket.write('a')
  socket.end('b')
  expect(await read).toBe('ab')
})

test('turns keep their order, and more than fits says so', async () => {
  const { socket, read } = await connected()
  const large = 'x'.repeat(5_000_000)
  expect(socket.write(large)).toBe(false)
  await once(socket, 'drain')
  socket.write('last')
  socket.end()
  expect(await read).toBe(`${large}last`)
})
