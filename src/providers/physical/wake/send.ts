import dgram from 'node:dgram'
import net from 'node:net'
import os from 'node:os'

/** From where a packet goes out. */
type Outlet = { readonly bind: string } | { readonly multicast: string } | Record<string, never>

/** Where a packet goes. */
export interface Destination {
  readonly address: string
  readonly port: number
}

/**
 * Sends a packet to a broadcast, multicast or plain address. What is meant for everybody on the segment
 * (`255.255.255.255`, `ff02::1`) goes out of every network card, because the operating system would choose one by its
 * default route. Rejects with the first error when it went out of none.
 */
export async function sendPacket(packet: Buffer, to: Destination): Promise<void> {
  const sent = await Promise.allSettled(outlets(to.address).map(outlet => sendFrom(outlet, packet, to)))
  if (sent.some(one => one.status === 'fulfilled')) return
  const failed = sent.find(one => one.status === 'rejected')
  throw failed?.reason ?? new Error('there is no network card that is up')
}

function outlets(address: string): Outlet[] {
  const cards = Object.entries(os.networkInterfaces()).flatMap(([card, addresses = []]) =>
    addresses.filter(({ internal }) => !internal).map(own => ({ card, ...own })),
  )
  if (address === '255.255.255.255')
    return cards.filter(({ family }) => family === 'IPv4').map(own => ({ bind: own.address }))
  if (/^ff/i.test(address) && net.isIPv6(address)) {
    const names = new Set(cards.filter(({ family }) => family === 'IPv6').map(({ card }) => card))
    return [...names].map(card => ({ multicast: `::%${card}` }))
  }
  return [{}]
}

async function sendFrom(outlet: Outlet, packet: Buffer, { address, port }: Destination): Promise<void> {
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ ...('bind' in outlet ? { address: outlet.bind } : {}) }, () => {
        try {
          if (net.isIPv4(address)) socket.setBroadcast(true)
          if ('multicast' in outlet) socket.setMulticastInterface(outlet.multicast)
          socket.send(packet, port, address, error => (error ? reject(error) : resolve()))
        } catch (error) {
          reject(error)
        }
      })
    })
  } finally {
    socket.close()
  }
}
