import type { AddressInfo, Socket } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail that the server has taken. */
export interface Taken {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  readonly secure: boolean
  readonly user: string | undefined
}

export interface Smtp {
  readonly port: number
  readonly taken: Taken[]
  /** Commands that ask for something, in order: `MAIL a@b`, `RCPT a@b`, `DATA`. */
  readonly asked: string[]
  stop(): Promise<void>
}

export interface SmtpOptions extends SMTPServerOptions {
  readonly users?: Readonly<Record<string, string>>
  /** What is said to `MAIL FROM`, `RCPT TO` and to the whole mail; yes when it answers nothing. */
  readonly onAsked?: (asked: string) => string | undefined
  /** Does something of its own at the first bytes of a mail. */
  readonly onBytes?: (socket: Socket) => void
}

/** A real SMTP server on loopback. */
export async function startSmtp({ users, onAsked, onBytes, ...options }: SmtpOptions = {}): Promise<Smtp> {
  const taken: Taken[] = []
  const asked: string[] = []
  const ask = (what: string, done: (error?: Error) => void) => {
    asked.push(what)
    const reply = onAsked?.(what)
    done(reply === undefined ? undefined : refusal(reply))
  }
  const server = new SMTPServer({
    logger: false,
    disableReverseLookup: true,
    authOptional: users === undefined,
    ...options,
    onAuth(auth, _session, done) {
      if (users?.[auth.username ?? ''] === auth.password) done(null, { user: auth.username })
      else done(refusal('535 5.7.8 I do not know you'))
    },
    onMailFrom: ({ address }, _session, done) => ask(`MAIL ${address}`, done),
    onRcptTo: ({ address }, _session, done) => ask(`RCPT ${address}`, done),
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        if (onBytes) onBytes(socketOf(server))
      })
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        ask('DATA', error => {
          if (error === undefined)
            taken.push({
              from: mailFrom ? mailFrom.address : '',
              to: rcptTo.map(({ address }) => address),
              raw: Buffer.concat(chunks).toString('utf8'),
              secure: session.secure,
              user: session.user,
            })
          done(error)
        })
      })
    },
  })
  // Clients that break off, and certificates that they don't trust, are the point of these tests.
  server.on('error', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  return {
    port: (server.server.address() as AddressInfo).port,
    taken,
    asked,
    stop: () => new Promise(resolve => server.close(() => resolve())),
  }
}

/** `450 later` as an error of the server's. */
function refusal(reply: string): Error {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) })
}

function socketOf(server: SMTPServer): Socket {
  const [connection] = (server as unknown as { connections: Set<{ _socket: Socket }> }).connections
  return connection!._socket
}
