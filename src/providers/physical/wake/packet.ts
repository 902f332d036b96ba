/**
 * The magic packet of a network card: six bytes of ones, its address sixteen times, and the SecureOn password (six bytes,
 * written like an address) where it wants one.
 *
 * @example
 * magicPacket('52:54:00:12:34:56').length // 102
 */
export function magicPacket(mac: string, secureOn?: string): Buffer {
  const address = bytesOf(mac)
  return Buffer.concat([
    Buffer.alloc(6, 0xff),
    ...Array<Buffer>(16).fill(address),
    ...(secureOn === undefined ? [] : [bytesOf(secureOn)]),
  ])
}

function bytesOf(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}
