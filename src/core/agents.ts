import { ReopsError } from './errors.ts'

/** What a host is, as Node names it: `linux` `x64` `glibc`, `linux` `arm64` `musl`, `darwin` `arm64` `libc`. */
export interface AgentPlatform {
  readonly os: string
  readonly arch: string
  readonly libc: string
}

/** The agent's program with what it needs for one platform, in a folder of this machine. */
export interface AgentPackage {
  /** The release that it was made of, such as `0.1.0`. */
  readonly release: string
  /** SHA-256 of all that is in the folder, in hex. */
  readonly sha256: string
  readonly folder: string
}

/** Node as this machine has it, for hosts of the same platform that have none. */
export interface NodeProgram {
  /** Such as `v24.21.0`. */
  readonly version: string
  readonly file: string
}

/** Where agents find their bridge, and by which keys they know it. */
export interface AgentAddress {
  readonly url: string
  readonly key: string
}

/** An agent as the bridge last knew it. */
export interface AgentSeen {
  readonly host: string
  readonly state: 'connected' | 'silent' | 'gone'
  readonly version: string
}

/** The agents of a bridge, for operations that put them on hosts. */
export interface AgentsPort {
  /** Makes the package for a platform. Rejects with `HostTrouble` (`refused`) where there is none for it. */
  package(platform: AgentPlatform): Promise<AgentPackage>
  /** This machine's Node, where it runs on that platform. */
  node(platform: AgentPlatform): NodeProgram | undefined
  /** Throws `InvalidConfig` where it can't be known what agents are to dial. */
  address(): AgentAddress
  /** The public key by which the bridge knows a host's agent. */
  enrolled(host: string): string | undefined
  /** Issues a token by which the host's agent enrols, once. Rejects with `HostTrouble` (`refused`). */
  enrol(host: string, options: { readonly replace: boolean }): Promise<string>
  /** Takes back tokens of a host that were not used. */
  withdraw(host: string): Promise<void>
  /** Revokes the key of a host's agent and its tokens. False where there was none. */
  revoke(host: string): Promise<boolean>
  registered(host: string): AgentSeen | undefined
  /** Waits so many milliseconds until the agent of a host is connected in this version. False when it isn't then. */
  waitFor(
    host: string,
    options: { readonly version: string; readonly timeout: number; readonly signal: AbortSignal },
  ): Promise<boolean>
  /** Does something with a host's agent while nobody else does; whoever comes later waits. */
  alone<T>(host: string, signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

/** Agents are put on hosts by the bridge that they are to dial, and this process is none. */
class AgentsNotWired extends ReopsError {
  override readonly name = 'AgentsNotWired'
  override readonly slug = 'agents-not-wired'
}

/** The port, where it is wired. Throws `AgentsNotWired`. */
export function requireAgents(agents: AgentsPort | undefined, operation: string): AgentsPort {
  if (agents) return agents
  throw new AgentsNotWired(
    `${operation} runs on a bridge, since it is the bridge that agents enrol with: use --bridge, or bridge.url in the configuration`,
  )
}
