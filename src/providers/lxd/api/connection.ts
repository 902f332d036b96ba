import http from 'node:http'
import https from 'node:https'
import type { Call, Reply } from './call.ts'
import type { Endpoint } from './endpoint.ts'
import { exchange, type Open, type Upgraded, upgrade } from './exchange.ts'
import { explain, StaleConnection } from './explain.ts'
import { createTlsAgent } from './tls.ts'

/** A way to one server, with a few warm connections. Everything rejects with `LxdError`. */
export interface Connection {
  send(call: Call): Promise<Reply>
  /** Asks for another protocol on a connection of its own; an ordinary answer is handed to `refused`. */
  upgrade(call: Call, headers: http.OutgoingHttpHeaders, refused: (reply: Reply) => Error): Promise<Upgraded>
  close(): void
}

/** Requests at once to one server; further ones wait their turn. */
const parallel = 32

/** The host part of requests that go through a socket, which has no name. */
const socketHost = 'http://lxd'

/** Opens nothing yet: connections are made when they are needed. */
export function createConnection(endpoint: Endpoint): Connection {
  const remote = 'url' in endpoint
  const where = remote ? endpoint.url : endpoint.socket
  const shared = remote ? {} : { socketPath: endpoint.socket }
  const make = (options: http.AgentOptions) =>
    remote ? createTlsAgent(endpoint, options) : new http.Agent(options)
  const warm = make({ keepAlive: true, maxSockets: parallel })
  // What is upgraded is never an ordinary connection again, and may last for days: it takes nobody's turn.
  const single = make({ keepAlive: false })
  const openBy =
    (agent: http.Agent): Open =>
    ({ method, path }, headers) =>
      (remote ? https : http).request(new URL(path, remote ? endpoint.url : socketHost), {
        ...shared,
        agent,
        method,
        headers,
      })
  return {
    async send(call) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await exchange(call, openBy(warm))
        } catch (error) {
          // A warm connection that the server has just closed says nothing about the server.
          if (error instanceof StaleConnection && call.method === 'GET' && attempt === 1) continue
          throw explain(error, call, where)
        }
      }
    },
    async upgrade(call, headers, refused) {
      try {
        return await upgrade(call, headers, openBy(single), refused)
      } catch (error) {
        throw explain(error, call, where)
      }
    },
    close() {
      warm.destroy()
      single.destroy()
    },
  }
}
