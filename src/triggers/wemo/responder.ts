import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Open } from './keep-open.ts'
import { answerLimit } from './limit.ts'
import { addressFor, type Neighbourhood } from './neighbours.ts'
import { answerSearch, isFor, readPacket } from './search.ts'

/** Where everybody searches. */
const group = '239.255.255.250'

/** A switch that can be found. */
export interface Findable {
  readonly udn: string
  /** Where it listens; nothing while it does not. */
  port(): number | undefined
}

/** Packets, by what became of them. */
export interface SearchCounts {
  received: number
  malformed: number
  /** Not for switches. */
  other: number
  /** From other networks. */
  foreign: number
  /** Beyond the limit. */
  limited: number
  answered: number
}

export interface ResponderParts {
  readonly port: number
  /** Listens to what is sent to this address alone; to what is sent to all when left out. */
  readonly address: string | undefined
  readonly devices: readonly Findable[]
  readonly counts: SearchCounts
  neighbourhoods(): readonly Neighbourhood[]
  now(): number
  /** Hears the port, once it listens. */
  bound(port: number): void
}

/** How often it is looked for networks that came meanwhile, in milliseconds. */
const joinEveryMs = 60_000

/** Listens for searches and answers those that are for our switches, to those alone who are in our network. */
export async function openResponder(parts: ResponderParts): Promise<Open> {
  const { counts, devices, now } = parts
  const allows = answerLimit(now)
  const loopback = parts.address?.startsWith('127.') === true
  const socket = createSocket({ type: 'udp4', reuseAddr: parts.port !== 0 })
  const { promise: lost, resolve } = Promise.withResolvers<Error>()
  const joined = new Set<string>()

  const join = () => {
    for (const { address } of parts.neighbourhoods()) {
      if (joined.has(address)) continue
      try {
        socket.addMembership(group, address)
        joined.add(address)
      } catch {
        // A network that is going or coming; it is tried again.
      }
    }
  }
  const receive = (packet: Buffer, asker: { readonly address: string; readonly port: number }) => {
    counts.received++
    const address = addressFor(parts.neighbourhoods(), asker.address)
    if (address === undefined) return void counts.foreign++
    const read = readPacket(packet)
    if (read.kind !== 'search') return void counts[read.kind]++
    const { target } = read
    const found = devices.filter(({ udn }) => isFor(target, udn))
    if (found.length === 0) return void counts.other++
    if (asker.port === 0 || !allows(asker.address, found.length)) return void counts.limited++
    for (const { udn, port } of found) {
      const at = port()
      if (at === undefined) continue
      const location = `http://${address}:${at}/setup.xml`
      // Who isn't reached asks again.
      socket.send(answerSearch(target, udn, location, now()), asker.port, asker.address, () => {})
      counts.answered++
    }
  }
  try {
    socket.bind({ port: parts.port, ...(loopback ? { address: parts.address! } : {}) })
    await once(socket, 'listening')
  } catch (thrown) {
    socket.close()
    throw thrown
  }
  socket.on('error', resolve)
  socket.on('message', receive)
  if (!loopback) join()
  const joining = setInterval(() => !loopback && join(), joinEveryMs)
  joining.unref()
  parts.bound(socket.address().port)
  return {
    lost,
    async close() {
      clearInterval(joining)
      await new Promise<void>(done => socket.close(() => done()))
    },
  }
}
