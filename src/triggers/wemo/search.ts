/** Whoever asks, asks within one packet. */
const longest = 2_048
const mostHeaders = 32

/** What a packet at the place of searches is: a search, something else that is meant for others, or nonsense. */
export type Packet =
  | { readonly kind: 'search'; readonly target: string }
  | { readonly kind: 'other' | 'malformed' }

const other = { kind: 'other' } as const
const malformed = { kind: 'malformed' } as const

/**
 * Reads a packet of SSDP.
 *
 * @example
 * readPacket(Buffer.from('M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nST: ssdp:all\r\n\r\n')) // { kind: 'search', target: 'ssdp:all' }
 */
export function readPacket(packet: Uint8Array): Packet {
  if (packet.length > longest) return malformed
  const text = Buffer.from(packet).toString('latin1')
  if (!/^[\t\r\n\x20-\x7e\x80-\xff]*$/.test(text)) return malformed
  const [first, ...lines] = text.split(/\r?\n/)
  if (/^(NOTIFY \* HTTP\/1\.[01]|HTTP\/1\.[01] \d{3}\b.*)$/.test(first!)) return other
  if (!/^M-SEARCH \* HTTP\/1\.[01]$/.test(first!)) return malformed
  const headers = readHeaders(lines)
  if (headers === undefined || headers.get('man') !== '"ssdp:discover"') return malformed
  const target = headers.get('st')
  return target === undefined || target === '' || target.length > 200 ? malformed : { kind: 'search', target }
}

/** Headers by their names in lower case; nothing where a line is none. */
function readHeaders(lines: readonly string[]): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>()
  for (const line of lines) {
    if (line === '') break
    const [, name, value] = /^([A-Za-z0-9.-]{1,40}):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || headers.size >= mostHeaders) return undefined
    headers.set(name.toLowerCase(), value!)
  }
  return headers
}

/** What switches are found by besides their own identity. Echos ask for all of these. */
const targets = new Set([
  'ssdp:all',
  'upnp:rootdevice',
  'urn:Belkin:device:**',
  'urn:Belkin:device:controllee:1',
  'urn:Belkin:service:basicevent:1',
])

/** Whether a search is for a switch. */
export function isFor(target: string, udn: string): boolean {
  return targets.has(target) || target === udn
}

/** The answer to a search. `at` is milliseconds since the epoch. */
export function answerSearch(target: string, udn: string, location: string, at: number): string {
  const found = target === 'ssdp:all' ? 'upnp:rootdevice' : target
  return [
    'HTTP/1.1 200 OK',
    'CACHE-CONTROL: max-age=86400',
    `DATE: ${new Date(at).toUTCString()}`,
    'EXT:',
    `LOCATION: ${location}`,
    'OPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01',
    `01-NLS: ${udn.slice('uuid:'.length)}`,
    'SERVER: Unspecified, UPnP/1.0, Unspecified',
    `ST: ${found}`,
    `USN: ${found === udn ? udn : `${udn}::${found}`}`,
    'X-User-Agent: redsonic',
    '',
    '',
  ].join('\r\n')
}
