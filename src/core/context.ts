import type { AgentsPort } from './agents.ts'
import type { BundlesPort } from './bundles.ts'
import type { FilesPort } from './files.ts'
import type { Host } from './hosts.ts'
import type { Json } from './json.ts'
import type { MailPort } from './mail.ts'
import type { FailureCode } from './outcome.ts'
import type { PipelinesPort } from './pipelines.ts'
import type { Clock, OpenOptions, Remote, TransferProgress } from './ports.ts'
import type { PricesPort } from './prices.ts'
import type { Slices, Turn } from './slices.ts'
import type { SystemsPort } from './systems/port.ts'
import type { TypesPort } from './systems/types-port.ts'

/** One run of a pipeline. `startedAt` is an ISO 8601 time. */
export interface ExecutionInfo {
  readonly id: string
  readonly name: string
  readonly flow: string
  readonly startedAt: string
}

/** What a step says while it works, for live lines and logs. `ms` is milliseconds. */
export type Progress =
  | { readonly kind: 'hosts'; readonly step: string; readonly hosts: readonly string[] }
  | { readonly kind: 'host-started'; readonly step: string; readonly host: string }
  | {
      readonly kind: 'host-ended'
      readonly step: string
      readonly host: string
      readonly ms: number
      readonly code?: FailureCode | undefined
    }
  | { readonly kind: 'stage'; readonly step: string; readonly host: string; readonly stage: string }
  | ({ readonly kind: 'transfer'; readonly step: string; readonly host: string } & TransferProgress)

/** The hosts of the world, by whatever transport the root wired. Throws `HostTrouble`. */
export interface HostsPort {
  open(via: string, host: Host, options: OpenOptions): Promise<Remote>
  /** Hosts worked on at once. */
  readonly concurrency: number
  /** Milliseconds that one host may take at one step, where the operation does not say. */
  readonly timeout: number
}

/** Where output operations publish. The root decides what a reader sees. */
export interface OutputPort {
  publish(topic: { readonly step: string; readonly format: string }, data: Json): void | Promise<void>
}

/** Everything that a `handle` may touch of the world. The root wires it; a test replaces a port, never a module. */
export interface Context {
  readonly execution: ExecutionInfo
  /** The name of the state that is executing. */
  readonly step: string
  /** Aborted when the execution is cancelled or the state's time is over. */
  readonly signal: AbortSignal
  /** Milliseconds since the epoch at which an enclosing `timeout` ends. */
  readonly deadline: number | undefined
  readonly clock: Clock
  readonly hosts: HostsPort
  readonly out: OutputPort
  /** Absent where no systems are wired. */
  readonly systems?: SystemsPort | undefined
  /** Runs other flows. Absent where none can be run by their names. */
  readonly pipelines?: PipelinesPort | undefined
  /** The types of systems that the flows' file exports. Absent where no flows are loaded. */
  readonly types?: TypesPort | undefined
  /** Bundles functions for agents. Absent where nothing can be bundled. */
  readonly bundles?: BundlesPort | undefined
  /** Puts agents on hosts. Absent where there is no bridge that they could dial. */
  readonly agents?: AgentsPort | undefined
  /** Which files of this machine a step may touch. Absent where that is all that its process may. */
  readonly files?: FilesPort | undefined
  /** What capacity costs. Absent where nobody is asked for it. */
  readonly prices?: PricesPort | undefined
  /** Hands mails over. Absent where no server is configured. */
  readonly mail?: MailPort | undefined
  /** Where the work goes on over several calls; absent where this one is all. */
  readonly slices?: Slices | undefined
  /** How far the one item that is worked on has come, where that is over several calls. */
  readonly turn?: Turn | undefined
  progress(event: Progress): void
}
