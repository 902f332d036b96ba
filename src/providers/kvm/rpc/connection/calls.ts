import { LibvirtConnectionLost, LibvirtError, LibvirtProtocolError, LibvirtTimeout } from '../errors.ts'
import { type Header, programs, seal, statuses, types, writeHeader } from '../frames/header.ts'
import { readFailure } from '../protocol/failure.ts'
import type { Procedure } from '../protocol/procedure.ts'
import { type Answer, type Input, type ProcedureName, procedures } from '../protocol/procedures.ts'
import { XdrReader } from '../xdr/reader.ts'
import { XdrWriter } from '../xdr/writer.ts'
import type { Wire } from './wire.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds until the call is given up. libvirt has no way to take a call back: it may still be carried out. */
  readonly timeout?: number | undefined
}

interface StartOptions extends CallOptions {
  /** The answer said yes after we had given up. */
  readonly onLate?: (() => void) | undefined
}

/** A call under way, and the serial by which frames belong to it. */
export interface Started<N extends ProcedureName> {
  readonly serial: number
  readonly answer: Promise<Answer<N>>
}

/**
 * The calls of one connection.
 *
 * 1. Every call is answered once: by libvirt, by its deadline, by its caller, or by the end of the connection.
 * 2. At most `inFlight` are with the daemon; the others wait here, and whoever gives up here was never sent.
 * 3. A call that was given up keeps its place until its answer comes, since the daemon still works on it.
 * 4. An answer to nothing that was asked throws `LibvirtProtocolError`.
 */
export interface Calls {
  start<N extends ProcedureName>(name: N, input: Input<N>, options: StartOptions): Started<N>
  receive(header: Header, body: Buffer): void
  /** Ends all calls, and all that come later. */
  fail(reason: string, cause?: unknown): void
  /** Resolves when nothing is under way. */
  settled(): Promise<void>
}

interface Pending {
  readonly name: ProcedureName
  readonly serial: number
  readonly frame: Buffer
  readonly onLate: (() => void) | undefined
  /** Set while somebody waits. */
  settle: ((work: () => unknown) => void) | undefined
}

const lastSerial = 2 ** 32 - 1

export function createCalls(wire: Wire, limits: { inFlight: number; callTimeout: number }): Calls {
  const sent = new Map<number, Pending>()
  const waiting = new Set<Pending>()
  const idle: (() => void)[] = []
  let serial = 0
  let ended: { reason: string; cause: unknown } | undefined

  const nextSerial = () => {
    // Serials come again after four thousand million calls; one that is still under way is left out.
    do serial = serial === lastSerial ? 1 : serial + 1
    while (sent.has(serial))
    return serial
  }
  const pump = () => {
    for (const call of waiting) {
      if (sent.size >= limits.inFlight) return
      waiting.delete(call)
      sent.set(call.serial, call)
      wire.send([call.frame])
    }
    if (sent.size === 0) for (const tell of idle.splice(0)) tell()
  }
  const lost = (call: Pending) => {
    const carriedOut = sent.has(call.serial) ? 'unknown' : 'no'
    const fate = carriedOut === 'no' ? 'it was not sent' : 'it may have been carried out'
    return new LibvirtConnectionLost(`${call.name}: ${ended?.reason}; ${fate}`, {
      carriedOut,
      cause: ended?.cause,
    })
  }
  const giveUp = (call: Pending, reason: (carriedOut: 'no' | 'unknown') => unknown) => {
    const carriedOut = waiting.delete(call) ? 'no' : 'unknown'
    call.settle?.(() => {
      throw reason(carriedOut)
    })
    pump()
  }

  return {
    start(name, input, { signal, timeout = limits.callTimeout, onLate }) {
      const own = nextSerial()
      const call: Pending = { name, serial: own, frame: encode(name, own, input), onLate, settle: undefined }
      const answer = new Promise<Answer<typeof name>>((resolve, reject) => {
        const timer = setTimeout(
          () => giveUp(call, carriedOut => tooLate(name, timeout, carriedOut)),
          Math.min(timeout, 2 ** 31 - 1),
        )
        const onAbort = () => giveUp(call, () => signal?.reason)
        call.settle = work => {
          call.settle = undefined
          clearTimeout(timer)
          signal?.removeEventListener('abort', onAbort)
          try {
            resolve(work() as Answer<typeof name>)
          } catch (error) {
            reject(error)
          }
        }
        if (ended) return giveUp(call, () => lost(call))
        if (signal?.aborted) return onAbort()
        signal?.addEventListener('abort', onAbort, { once: true })
        waiting.add(call)
        pump()
      })
      return { serial: own, answer }
    },
    receive(header, body) {
      const call = sent.get(header.serial)
      if (call === undefined)
        throw new LibvirtProtocolError(`An answer has the serial ${header.serial}, which was not asked`)
      if (procedures[call.name].number !== header.procedure)
        throw new LibvirtProtocolError(`${call.name} was answered by procedure ${header.procedure}`)
      sent.delete(header.serial)
      if (call.settle) call.settle(() => decode(call.name, header, body))
      else if (header.status === statuses.ok) call.onLate?.()
      pump()
    },
    fail(reason, cause) {
      ended ??= { reason, cause }
      const all = [...sent.values(), ...waiting]
      const errors = all.map(lost)
      waiting.clear()
      sent.clear()
      all.forEach((call, at) => {
        call.settle?.(() => {
          throw errors[at]
        })
      })
      pump()
    },
    settled() {
      return sent.size === 0 ? Promise.resolve() : new Promise(resolve => idle.push(resolve))
    },
  }
}

function encode<N extends ProcedureName>(name: N, serial: number, input: Input<N>): Buffer {
  const writer = new XdrWriter()
  const { number: procedure, input: shape }: Procedure = procedures[name]
  const header = { program: programs.remote, procedure, type: types.call, serial, status: statuses.ok }
  writeHeader(writer, header)
  shape.write(writer, input ?? {})
  return seal(writer)
}

function decode(name: ProcedureName, header: Header, body: Buffer): unknown {
  const reader = new XdrReader(body)
  if (header.status === statuses.error) throw new LibvirtError(name, readFailure(reader))
  if (header.status !== statuses.ok)
    throw new LibvirtProtocolError(`${name}: an answer has the status ${header.status}`)
  const answer = procedures[name].answer.read(reader)
  reader.end()
  return answer
}

function tooLate(name: string, timeout: number, carriedOut: 'no' | 'unknown'): LibvirtTimeout {
  const fate =
    carriedOut === 'no'
      ? 'it waited behind other calls and was not sent'
      : 'it may still be carried out: look before doing it again'
  return new LibvirtTimeout(`${name}: no answer within ${timeout} ms; ${fate}`, { carriedOut })
}
