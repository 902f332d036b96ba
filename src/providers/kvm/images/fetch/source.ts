import { createHash } from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ImageNotFetched } from './not-fetched.ts'

/** Where an image comes from. */
export type Source =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: URL }

/** Packed in a way that node does not unpack, and how to do it by hand. */
const packed = new Map([
  ['.xz', 'unxz'],
  ['.bz2', 'bunzip2'],
  ['.zip', 'unzip'],
  ['.7z', '7zz x'],
  ['.tar', 'tar -xf'],
  ['.tgz', 'tar -xf'],
  ['.ova', 'tar -xf'],
])

/** Reads a path or an address. Throws `ImageNotFetched` for an address or a packing that we do not take. */
export function parseSource(text: string): Source {
  const source = placeOf(text)
  const name = source.kind === 'file' ? source.path : source.url.pathname
  const command = packed.get(path.extname(name).toLowerCase())
  if (command !== undefined)
    throw new ImageNotFetched(
      'source',
      `${path.basename(name)} is packed in a way that is not unpacked here (.gz and .zst are): ` +
        `fetch it, unpack it with ${command}, and name the file that this gives`,
    )
  return source
}

function placeOf(text: string): Source {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: 'file', path: path.resolve(text) }
  const url = URL.parse(text)
  if (!url) throw new ImageNotFetched('source', `${JSON.stringify(text)} is no address that can be read`)
  if (url.protocol === 'file:') return { kind: 'file', path: fileURLToPath(url) }
  requireWeb(url)
  url.hash = ''
  return { kind: 'url', url }
}

/** Throws for an address that is not of the web, or that holds a password, which would end up in a log. */
export function requireWeb(url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ImageNotFetched(
      'source',
      `an image comes from a path or by http(s), and not by ${url.protocol}`,
    )
  if (url.username !== '' || url.password !== '')
    throw new ImageNotFetched('source', `the address on ${url.host} holds a login; fetch the image by hand`)
}

/** An address as it may be shown: what follows the question mark is at times a key. */
export function shown(url: URL): string {
  return `${url.origin}${url.pathname}`
}

/** The name of a source's file in the cache: its own, behind what tells it from its namesakes. */
export function cacheName(source: Source): string {
  const whole = source.kind === 'file' ? source.path : source.url.href
  const own = path
    .basename(source.kind === 'file' ? source.path : source.url.pathname)
    .replace(/\.(gz|zst)$/i, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
    .slice(-80)
  return `${createHash('sha256').update(whole).digest('hex').slice(0, 16)}-${own || 'image'}`
}
