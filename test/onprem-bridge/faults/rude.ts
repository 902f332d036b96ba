import { connect, type Socket } from 'node:net'
import fc from '../../support/fast-check.ts'

/** ZMTP's signature (RFC 23): ten bytes, by which either end knows the other. */
const signature = Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f])

/** A greeting of 64 bytes: signature, version, mechanism, whether it is a server, and nothing. */
export function greetingOf(mechanism: string, version = [3, 1], asServer = 0): Buffer {
  const name = Buffer.alloc(20)
  name.write(mechanism, 'latin1')
  return Buffer.concat([signature, Buffer.from(version), name, Buffer.of(asServer), Buffer.alloc(31)])
}

/** A command of ZMTP: its name with its length before it, and its body. */
function commandOf(name: string, body: Uint8Array, flags = 0x04): Buffer {
  const content = Buffer.concat([Buffer.of(name.length), Buffer.from(name, 'latin1'), body])
  return Buffer.concat([Buffer.of(flags, Math.min(255, content.length)), content])
}

const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map(some => Buffer.from(some))

const command = fc.oneof(
  bytes(300),
  fc
    .tuple(fc.constantFrom('HELLO', 'INITIATE', 'READY', 'ERROR', 'PING', 'MESSAGE', ''), bytes(260))
    .map(([name, body]) => commandOf(name, body)),
  // A CURVE HELLO of the right length that nobody made: version 1.0, padding, a key, a nonce, a box.
  fc
    .uint8Array({ minLength: 114, maxLength: 114 })
    .map(rest => commandOf('HELLO', Buffer.concat([Buffer.of(1, 0), Buffer.alloc(78), Buffer.from(rest)]))),
  // A frame that says that it is as long as can be said.
  fc.constantFrom(0x02, 0x03, 0x06).map(flags => Buffer.from([flags, 0x7f, ...Array(7).fill(0xff)])),
)

const greeting = fc.oneof(
  bytes(100),
  fc
    .record({ version: fc.tuple(fc.nat(255), fc.nat(255)), asServer: fc.nat(255) })
    .chain(said =>
      fc
        .constantFrom('CURVE', 'NULL', 'PLAIN', 'GSSAPI', 'curve', 'CURVECURVECURVECURVE')
        .map(mechanism => greetingOf(mechanism, said.version, said.asServer)),
    ),
  fc.constantFrom(greetingOf('CURVE'), greetingOf('NULL'), greetingOf('PLAIN'), greetingOf('CURVE', [1, 0])),
  fc.constant(Buffer.from('GET / HTTP/1.1\r\nHost: bridge\r\n\r\n')),
)

/** What somebody says who speaks ZMTP wrongly, piece by piece. */
export const rudeWords: fc.Arbitrary<readonly Buffer[]> = fc
  .tuple(greeting, fc.array(command, { maxLength: 5 }), fc.nat(100))
  .map(([first, rest, cut]) => {
    const all = Buffer.concat([first, ...rest])
    const at = Math.floor((all.length * cut) / 100)
    return [all.subarray(0, at), all.subarray(at)]
  })

/** Connects to an endpoint of ZeroMQ without it. */
export function openRaw(endpoint: string): { readonly socket: Socket; readonly closed: Promise<void> } {
  const { hostname, port } = new URL(endpoint.replace('tcp:', 'http:'))
  const socket = connect(Number(port), hostname)
  // Whoever is thrown out in the middle of a word hears of it so.
  socket.on('error', () => {})
  socket.resume()
  return { socket, closed: new Promise(resolve => socket.once('close', () => resolve())) }
}
