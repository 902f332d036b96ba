import type { Duplex, Readable } from 'node:stream'
import { HostTrouble } from '../../../core/ports.ts'
import type { CallOptions } from './connection/calls.ts'
import { type Connection, connectOver } from './connection/connection.ts'
import type { StreamOptions } from './connection/streams.ts'
import { LibvirtConnectionLost, LibvirtProtocolError, LibvirtTimeout } from './errors.ts'
import { shakeHands } from './handshake.ts'
import { type LibvirtOptions, type LibvirtSettings, readOptions } from './options.ts'
import type { DomainRef, VolumeRef } from './protocol/references.ts'
import { download, type TransferRange, type UploadOptions, upload } from './transfers.ts'
import { reachDaemon } from './transports/reach.ts'
import { type LibvirtUri, parseLibvirtUri } from './uri.ts'

export interface ConsoleOptions extends StreamOptions {
  /** Which one, such as `serial0`; the first when left out. */
  readonly device?: string | undefined
  /** Of `console` among the constants. */
  readonly flags?: number | undefined
}

/** A hypervisor that is open. */
export interface Libvirt extends Omit<Connection, 'openStream' | 'startKeepalive'> {
  readonly uri: LibvirtUri
  /** Writes into a volume; resolves when the daemon has taken everything. */
  upload(
    volume: VolumeRef,
    source: Readable | AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    options?: UploadOptions,
  ): Promise<{ bytes: number }>
  /** Reads a volume, as fast as its reader does. While a reader rests, so does everything on this connection. */
  download(volume: VolumeRef, options?: TransferRange & StreamOptions): Promise<Readable>
  /** A domain's console, both ways. */
  console(domain: DomainRef, options?: ConsoleOptions): Promise<Duplex>
}

/**
 * Connects to the daemon that a URI names and opens its hypervisor. Throws `LibvirtUriError` for the URI, `HostTrouble`
 * for a daemon that is not reached or lets nobody in, and `LibvirtError` for a hypervisor that it does not have.
 * A signal that is aborted, or a `timeout` that is over, leaves nothing open.
 *
 * @example
 * const libvirt = await openLibvirt({ uri: 'qemu:///system' })
 * const { domains } = await libvirt.call('connectListAllDomains', {})
 * await libvirt.close()
 */
export async function openLibvirt(options: LibvirtOptions): Promise<Libvirt> {
  const settings = readOptions(options)
  const uri = parseLibvirtUri(settings.uri)
  const connection = await openConnection(uri, settings)
  return {
    uri,
    call: connection.call,
    subscribe: connection.subscribe,
    onClose: connection.onClose,
    close: connection.close,
    get open() {
      return connection.open
    },
    upload: (volume, source, its = {}) => upload(connection, volume, source, its),
    download: (volume, its = {}) => download(connection, volume, its),
    console: (domain, { device, flags, ...its } = {}) =>
      connection.openStream('domainOpenConsole', { domain, device, flags }, its),
  }
}

async function openConnection(uri: LibvirtUri, settings: LibvirtSettings): Promise<Connection> {
  const { timeout } = settings
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeout)
  const signal = settings.signal ? AbortSignal.any([settings.signal, late.signal]) : late.signal
  let connection: Connection | undefined
  const callOptions: CallOptions = { signal, timeout }
  try {
    signal.throwIfAborted()
    connection = connectOver(await reachDaemon(uri, settings.openStream, { signal, timeout }), settings)
    await shakeHands(connection, uri, callOptions)
    return connection
  } catch (error) {
    await connection?.close()
    if (settings.signal?.aborted)
      throw new HostTrouble('cancelled', `${uri.text}: connecting was cancelled`, { cause: error })
    if (late.signal.aborted || error instanceof LibvirtTimeout)
      throw new HostTrouble('unreachable', `${uri.text}: it was not open within ${timeout} ms`, {
        cause: error,
      })
    if (error instanceof LibvirtConnectionLost || error instanceof LibvirtProtocolError)
      throw new HostTrouble('unreachable', `${uri.text}: ${error.message}`, { cause: error })
    throw error
  } finally {
    clearTimeout(timer)
  }
}
