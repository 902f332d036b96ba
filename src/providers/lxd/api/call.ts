import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** What an upload sends: bytes whose number is known before, since the server is told it. */
export interface Upload {
  readonly type: string
  readonly bytes: number
  readonly open: () => Readable
}

/** One request. `doing` is what errors call it. */
export interface Call {
  readonly doing: string
  readonly method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE'
  /** Path and query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly upload?: Upload
  readonly signal: AbortSignal
  /** Milliseconds until the whole answer must be here. */
  readonly timeout: number
}

/** An answer, whatever its status. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}
