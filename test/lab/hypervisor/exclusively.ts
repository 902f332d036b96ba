import { createHash } from 'node:crypto'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const waitMs = 300_000

/**
 * Runs one at a time of those who name the same thing, in whatever process of this machine. The lock is an abstract
 * socket: it goes with the process that holds it, however that ends.
 */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  const address = `\0reops-lab-${createHash('sha256').update(name).digest('hex')}`
  const deadline = performance.now() + waitMs
  let server = await tryListen(address)
  while (server === undefined) {
    if (performance.now() > deadline) throw new Error(`waited ${waitMs} ms for another process's ${name}`)
    await sleep(100)
    server = await tryListen(address)
  }
  try {
    return await work()
  } finally {
    server.close()
  }
}

function tryListen(address: string): Promise<net.Server | undefined> {
  const server = net.createServer()
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(address, () => resolve(server))
  })
}
