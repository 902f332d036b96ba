/** What of the npm package wemo-client is used; it has no types of its own. */
declare module 'wemo-client' {
  export interface About {
    readonly friendlyName: string
    readonly deviceType: string
    readonly UDN: string
  }
  interface Client {
    setBinaryState(state: number, done: (error: Error | null) => void): void
    getBinaryState(done: (error: Error | null, state: string) => void): void
    on(event: 'error', heard: () => void): void
  }
  export default class Wemo {
    load(url: string, done: (error: Error | null, about: About | null) => void): void
    discover(found: (error: Error | null, about: About) => void): void
    client(about: About): Client
    readonly _server: { close(): void }
    readonly _ssdpClient: { stop(): void }
  }
}
