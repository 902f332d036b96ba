import { Duplex } from 'node:stream'
import { LibvirtError, LibvirtProtocolError, LibvirtTimeout } from '../errors.ts'
import { frameHeader, type Header, programs, statuses, types } from '../frames/header.ts'
import { readFailure } from '../protocol/failure.ts'
import { type ProcedureName, procedures } from '../protocol/procedures.ts'
import { maxStreamChunk } from '../xdr/limits.ts'
import { XdrReader } from '../xdr/reader.ts'
import { createPatience } from './patience.ts'
import type { Wire } from './wire.ts'

export interface StreamParts {
  readonly name: ProcedureName
  readonly serial: number
  readonly wire: Wire
  /** `up` sends, `down` receives, `both` is a console. */
  readonly direction: 'up' | 'down' | 'both'
  /** Milliseconds without progress, while progress is waited for. */
  readonly timeout?: number | undefined
  /** More has come than the reader takes: the socket is to wait, until `false`. */
  readonly hold: (held: boolean) => void
  /** The daemon has let go of the stream: no frame of it comes any more. */
  readonly onGone: () => void
}

/** A stream of libvirt's as one of Node's, and where its frames go. */
export interface StreamEnd {
  readonly duplex: Duplex
  receive(header: Header, body: Buffer): void
}

/** What one stream may hold for a reader that is slow, before everything on the connection waits for it. */
const heldBytes = 4 * 1024 * 1024
const readAhead = 1024 * 1024

/**
 * One stream. Ending the writable side finishes it: that is over when the daemon has confirmed, so an upload that
 * ended is one that the daemon took. Destroying it aborts it over there. The daemon's own trouble destroys it with a
 * `LibvirtError`.
 */
export function createStream(parts: StreamParts): StreamEnd {
  const { name, serial, wire, direction, hold } = parts
  const { number: procedure } = procedures[name]
  /** `finishing` and `aborting` wait for the daemon's word; `gone` has it. */
  let state: 'open' | 'finishing' | 'aborting' | 'gone' = 'open'
  let confirmed: ((error?: Error) => void) | undefined
  let held = false
  const patience = createPatience(parts.timeout, () => {
    const message = `${name}: nothing moved for ${parts.timeout} ms`
    duplex.destroy(new LibvirtTimeout(message, { carriedOut: 'unknown' }))
  })

  const send = (status: number, data?: Buffer, flushed?: (error?: Error | null) => void) => {
    const header = { program: programs.remote, procedure, type: types.stream, serial, status }
    const head = frameHeader(header, data?.length ?? 0)
    wire.send(data ? [head, data] : [head], flushed)
  }
  const setHold = (to: boolean) => {
    if (held === to) return
    held = to
    hold(to)
  }
  const gone = () => {
    state = 'gone'
    patience.rest()
    setHold(false)
    parts.onGone()
  }
  const finish = (done: (error?: Error) => void) => {
    if (state !== 'open') return done()
    state = 'finishing'
    confirmed = done
    patience.wait()
    send(statuses.ok)
  }
  /** Sends a chunk of any size in frames that every daemon takes; the last tells when they have left. */
  const sendData = (chunk: Buffer, done: (error?: Error | null) => void) => {
    patience.wait()
    for (let at = 0; at < chunk.length; at += maxStreamChunk) {
      const last = at + maxStreamChunk >= chunk.length
      const flushed = (error?: Error | null) => {
        patience.rest()
        done(error)
      }
      send(statuses.more, chunk.subarray(at, at + maxStreamChunk), last ? flushed : undefined)
    }
  }

  const duplex = new Duplex({
    readableHighWaterMark: readAhead,
    writableHighWaterMark: readAhead,
    allowHalfOpen: true,
    read() {
      setHold(false)
      if (state === 'open' && direction === 'down') patience.wait()
    },
    write(chunk: Buffer, _encoding, done) {
      if (state !== 'open') return done(new Error(`${name}: the stream has ended`))
      if (chunk.length === 0) done()
      else sendData(chunk, done)
    },
    final(done) {
      if (direction === 'down') return done()
      finish(error => {
        if (direction === 'both') duplex.push(null)
        done(error)
      })
    },
    destroy(error, done) {
      patience.rest()
      setHold(false)
      if (state === 'open' || state === 'finishing') {
        state = 'aborting'
        send(statuses.error)
      }
      confirmed = undefined
      done(error)
    },
  })
  if (direction === 'up') duplex.push(null)
  if (direction === 'down') duplex.end()

  const receiveData = (body: Buffer) => {
    if (state === 'aborting' || duplex.destroyed) return
    if (direction === 'up') throw new LibvirtProtocolError(`${name}: an upload sends data back`)
    if (body.length === 0) return finish(error => (error ? duplex.destroy(error) : duplex.push(null)))
    if (duplex.push(body)) patience.wait()
    else patience.rest()
    if (duplex.readableLength > heldBytes) setHold(true)
  }
  return {
    duplex,
    receive(header, body) {
      if (header.procedure !== procedure)
        throw new LibvirtProtocolError(`${name}: its stream has a frame of procedure ${header.procedure}`)
      if (header.type === types.hole)
        throw new LibvirtProtocolError(`${name}: a hole, which was not asked for`)
      if (header.status === statuses.more) return receiveData(body)
      const asked = state
      gone()
      if (header.status === statuses.error) {
        const reader = new XdrReader(body)
        if (asked !== 'aborting') duplex.destroy(new LibvirtError(name, readFailure(reader)))
        return
      }
      if (asked === 'open') throw new LibvirtProtocolError(`${name}: its stream was finished by the daemon`)
      confirmed?.()
    },
  }
}
