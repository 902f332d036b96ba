import Wemo, { type About } from 'wemo-client'

/** A switch as somebody else's client sees it. */
export interface WemoDevice {
  readonly about: About
  set(state: 0 | 1): Promise<void>
  get(): Promise<string>
  close(): void
}

/** Loads a switch by its address with the npm package wemo-client. */
export async function wemoClient(url: string): Promise<WemoDevice> {
  const library = new Wemo()
  const about = await new Promise<About>((resolve, reject) =>
    library.load(`${url}/setup.xml`, (error, found) => (found ? resolve(found) : reject(error))),
  )
  return deviceOf(library, about)
}

/** Searches the network for so many switches. */
export async function discoverWemos(many: number): Promise<ReadonlyMap<string, WemoDevice>> {
  const library = new Wemo()
  const found = new Map<string, WemoDevice>()
  await new Promise<void>(resolve => {
    library.discover((_error, about) => {
      found.set(about.friendlyName, deviceOf(library, about))
      if (found.size === many) resolve()
    })
  })
  return found
}

function deviceOf(library: Wemo, about: About): WemoDevice {
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
