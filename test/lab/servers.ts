import net from 'node:net'

export interface Listening {
  readonly port: number
  stop(): Promise<void>
}

/** A port on which nothing listens, as far as one can know. */
export async function freePort(): Promise<number> {
  const server = await listen(() => undefined)
  await server.stop()
  return server.port
}

/** Accepts connections and says nothing. */
export function hangingServer(): Promise<Listening> {
  return listen(() => undefined)
}

/** Says something of its own to everybody who connects, and may hang up then. */
export function sayingServer(words: string, hangUp: boolean): Promise<Listening> {
  return listen(socket => {
    if (hangUp) socket.end(words)
    else socket.write(words)
  })
}

/** Passes everything on to a port, `delay` milliseconds late. */
export function slowProxy(to: number, delay: number): Promise<Listening> {
  return listen(socket => {
    const far = net.connect(to, '127.0.0.1')
    const late = (from: net.Socket, into: net.Socket) => {
      from.on('data', chunk => setTimeout(() => into.write(chunk), delay))
      from.on('close', () => setTimeout(() => into.destroy(), delay))
      from.on('error', () => into.destroy())
    }
    late(socket, far)
    late(far, socket)
  })
}

/** Listens on a free loopback port and remembers its connections, so that stopping leaves none. */
export async function listen(onSocket: (socket: net.Socket) => void): Promise<Listening> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    onSocket(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as net.AddressInfo
  return {
    port,
    stop: () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}
