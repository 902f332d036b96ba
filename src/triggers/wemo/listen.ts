import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Open } from './keep-open.ts'

/** Lets a server listen at a port, of one of our addresses or of all. */
export async function listenOn(
  server: Server,
  port: number,
  address: string | undefined,
): Promise<Open & { readonly port: number }> {
  server.listen({ port, host: address ?? '0.0.0.0' })
  await once(server, 'listening')
  const { promise: lost, resolve } = Promise.withResolvers<Error>()
  server.on('error', resolve)
  return {
    port: (server.address() as AddressInfo).port,
    lost,
    close: () =>
      new Promise(done => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}
