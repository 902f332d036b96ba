import type { LibvirtFailure } from '../errors.ts'
import type { XdrReader } from '../xdr/reader.ts'
import { int, maybe, struct, text } from '../xdr/shapes.ts'
import { domain, network } from './references.ts'

/** What an answer that says no carries. Most of it repeats the message in pieces. */
const failure = struct({
  code: int,
  domain: int,
  message: maybe(text),
  level: int,
  about: maybe(domain),
  piece1: maybe(text),
  piece2: maybe(text),
  piece3: maybe(text),
  number1: int,
  number2: int,
  network: maybe(network),
})

/** Reads the body of a frame whose status is an error. Throws `LibvirtProtocolError`. */
export function readFailure(from: XdrReader): LibvirtFailure {
  const { code, domain, message, level } = failure.read(from)
  from.end()
  return { code, domain, message: message ?? 'libvirt gives no reason', level }
}
