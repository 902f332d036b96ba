import { createRequire } from 'node:module'

interface About {
  readonly friendlyName: string
  readonly deviceType: string
  readonly UDN: string
}

interface Client {
  setBinaryState(state: number, done: (error: Error | null) => void): void
  getBinaryState(done: (error: Error | null, state: string) => void): void
  on(event: 'error', heard: () => void): void
}

interface WemoLibrary {
  load(url: string, done: (error: Error | null, about: About | null) => void): void
  discover(found: (error: Error | null, about: About) => void): void
  client(about: About): Client
  readonly _server: { close(): void }
  readonly _ssdpClient: { stop(): void }
}

const Wemo = createRequire(import.meta.url)('wemo-client') as new (options?: object) => WemoLibrary

/** A switch as somebody else's client sees it. */
export interface WemoDevice {
  readonly about: About
  set(state: 0 | 1): Promise<void>
  get(): Promise<string>
  close(): void
}

/** The client itself, for what finds switches. */
export function wemoLibrary(): WemoLibrary {
  return new Wemo()
}

/** Loads a switch by its address with the npm package wemo-client. */
export async function wemoClient(url: string): Promise<WemoDevice> {
  const library = wemoLibrary()
  const about = await new Promise<About>((resolve, reject) =>
    library.load(`${url}/setup.xml`, (error, found) => (found ? resolve(found) : reject(error))),
  )
  return deviceOf(library, about)
}

export function deviceOf(library: WemoLibrary, about: About): WemoDevice {
  const client = library.client(about)
  client.on('error', () => {})
  return {
    about,
    set: state =>
      new Promise((resolve, reject) =>
        client.setBinaryState(state, error => (error ? reject(error) : resolve())),
      ),
    get: () =>
      new Promise((resolve, reject) =>
        client.getBinaryState((error, state) => (error ? reject(error) : resolve(state))),
      ),
    close() {
      library._server.close()
      library._ssdpClient.stop()
    },
  }
}
