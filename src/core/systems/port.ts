import type { Host } from '../hosts.ts'
import type { Provider } from './provider.ts'
import type { SystemStore } from './store.ts'
import type { System } from './system.ts'

/** The systems of the world, which the root wires. */
export interface SystemsPort {
  /** Who holds leases: one for each process. */
  readonly owner: string
  /** Whether whoever held a lease is known to be gone, as a process of this machine that ended is. */
  isGone?(owner: string): boolean
  /** Opens the store, at the first use. */
  store(): Promise<SystemStore>
  /** Opens a provider, at the first use. Rejects with `UnknownProvider`. */
  provider(name: string): Promise<Provider>
  /** The providers that something is configured for. */
  readonly providers: readonly string[]
  /** The nodes that are configured for a provider, each asked by itself; nothing for one whose systems stand on no node. */
  nodes?(provider: string): readonly string[] | undefined
  /**
   * What public keys a new machine lets in: of the key that is named, or of all that we would log in with. Rejects with
   * `InvalidSystem` when there are none, unless its provider's machines are reached otherwise than by SSH.
   */
  publicKeys(key: string | undefined, provider?: string): Promise<readonly string[]>
  /** How a system is reached: by its own user and key, through its node where the configuration says so. */
  hostOf(system: System): Host
  /** What the configuration fills in for a new one on this node: domain, user, key, template, network. */
  defaultsOf(
    provider: string,
    node: string | undefined,
  ): Partial<Pick<System, 'domain' | 'user' | 'key' | 'os' | 'network' | 'disk'>>
}
