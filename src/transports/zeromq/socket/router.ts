import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, Router } from 'zeromq'
import { ReopsError } from '../../../core/errors.ts'
import type { KeyPair } from '../keys.ts'
import type { Link } from '../session/accept.ts'
import { shared } from './options.ts'
import { type Outbox, openOutbox } from './outbox.ts'

/** Nothing can listen there. */
export class CannotListen extends ReopsError {
  override readonly name = 'CannotListen'
  override readonly slug = 'cannot-listen'
  override readonly retryable = true
}

export interface RouterOptions {
  readonly context: Context
  /** `tcp://*:5760`; the port `*` takes a free one. */
  readonly endpoint: string
  readonly keys: KeyPair
  /** The domain by which the ZAP handler of the context knows it. */
  readonly domain: string
}

export interface LinkListener {
  onFrame(from: Buffer, bytes: Buffer): void
  /** What was to be sent could not be: nobody has this address, or whoever has it takes nothing. */
  onGone(address: Buffer, why: string): void
}

/** A socket on which others come. */
export interface ServerLink extends Link {
  /** Where they come, with its port. */
  readonly endpoint: string
  readonly connected: boolean
  /** Ends every connection and listens again at once, so that whoever is not let in any more is really gone. */
  restart?(): Promise<void>
  close(): Promise<void>
}

/** How often and in what pauses (milliseconds) a port is tried again that our own socket has just let go. */
const tries = 40
const pauseMs = 50

/**
 * Listens with CURVE. Without a ZAP handler in the context nobody is let in. Throws `CannotListen` where the endpoint can't
 * be bound.
 */
export async function listenRouter(options: RouterOptions, listener: LinkListener): Promise<ServerLink> {
  let { endpoint } = options
  let open = await openRouter(options, endpoint, listener, 1)
  endpoint = plain(open.socket.lastEndpoint ?? endpoint)
  return {
    endpoint,
    connected: true,
    send: (to, frame) => open.outbox.send(to.toString('latin1'), [to, frame]),
    async restart() {
      open.close()
      open = await openRouter(options, endpoint, listener, tries)
    },
    close: async () => open.close(),
  }
}

async function openRouter(
  { context, keys, domain }: RouterOptions,
  endpoint: string,
  listener: LinkListener,
  attempts: number,
): Promise<{ readonly socket: Router; readonly outbox: Outbox; close(): void }> {
  const socket = new Router({
    context,
    ...shared,
    mandatory: true,
    backlog: 1_024,
    curveServer: true,
    curveSecretKey: keys.secretKey,
    zapDomain: domain,
    zapEnforceDomain: true,
  })
  await bind(socket, endpoint, attempts)
  const outbox = openOutbox({
    send: parts => socket.send([...parts]),
    failed: (to, code) => listener.onGone(Buffer.from(to, 'latin1'), wordsOf(code)),
  })
  const read = async () => {
    // More or fewer parts than an address and a frame are nothing that a peer of ours sends.
    for await (const [from, frame, ...more] of socket)
      if (from !== undefined) listener.onFrame(from, more.length > 0 || !frame ? Buffer.alloc(0) : frame)
  }
  read().catch(error => {
    if (!socket.closed) throw error
  })
  const close = () => {
    outbox.close()
    socket.close()
  }
  return { socket, outbox, close }
}

async function bind(socket: Router, endpoint: string, attempts: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await socket.bind(endpoint)
    } catch (cause) {
      if (attempt < attempts) {
        await sleep(pauseMs)
        continue
      }
      socket.close()
      throw new CannotListen(
        `nothing can listen at ${endpoint}: ${cause instanceof Error ? cause.message : String(cause)}; see what has the port, or configure another`,
        { cause },
      )
    }
  }
}

/** An address of IPv4 as people write it. */
function plain(endpoint: string): string {
  return endpoint.replace(/\[::ffff:([\d.]+)\]/, '$1')
}

function wordsOf(code: string): string {
  if (code === 'EHOSTUNREACH') return 'its connection is gone'
  return code === 'EAGAIN' ? 'it does not take what it is sent' : `it can't be sent to (${code})`
}
