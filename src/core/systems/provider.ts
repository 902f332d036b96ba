import type { Duplex } from 'node:stream'
import type { Clock } from '../ports.ts'
import type { SystemSpec } from './spec.ts'
import type { System } from './system.ts'

/** What not every provider can do; the rest (`status`, `list`) all can. */
export const abilities = [
  'create',
  'start',
  'stop',
  'restart',
  'destroy',
  'clone',
  'snapshot',
  'revert',
  'resize',
  'console',
] as const

export type Ability = (typeof abilities)[number]

/** One operation on one system at work. Everything that a provider waits for keeps to `signal` and `deadline`. */
export interface Job {
  readonly signal: AbortSignal
  /** Milliseconds since the epoch. */
  readonly deadline: number
  readonly clock: Clock
  /** Says what is being done, for live lines and for the system's `stage`, such as `cloning the disk`. */
  stage(text: string): void
  /** Says what a person should know and what stops nothing, such as that there is only plain emulation. */
  warn(text: string): void
}

/** How a provider says that a system stands. */
export interface Status {
  readonly state: 'running' | 'stopped' | 'paused' | 'missing' | 'unknown'
  /** The provider's own word, such as `shut off (crashed)`. */
  readonly detail?: string | undefined
  /** Where it is reached, once that is known; `port` where it is not SSH's own. */
  readonly address?: string | undefined
  readonly port?: number | undefined
  /** How the address was found, or why there is none yet: `DHCP lease of network default`, `no lease yet; …`. */
  readonly addressFrom?: string | undefined
  /** It is reached by its name, as any host; there is no address to wait for. */
  readonly byName?: true | undefined
}

/** What a provider knows of a system after it was made or found. */
export interface Placed extends Status {
  readonly ref: string
  readonly cpu?: number | undefined
  readonly ram?: number | undefined
  readonly disk?: number | undefined
}

/** What `list` finds at a provider. `told` is what we wrote there when it was made; a stranger's machine has none. */
export interface Found extends Placed {
  readonly node?: string | undefined
  /** The provider's name for it. */
  readonly label: string
  readonly told?: Partial<System> | undefined
}

/** How a system is set up for its first login: what cloud-init is given. Keys are public ones. */
export interface FirstLogin {
  readonly user: string
  readonly keys: readonly string[]
}

export interface StopOptions {
  /** Milliseconds for an orderly end. */
  readonly graceMs: number
  /** Whether it is cut off when the grace is over; otherwise that is a failure and it goes on running. */
  readonly force: boolean
}

export interface DestroyOptions {
  /** Milliseconds for an orderly end before it is cut off; 0 cuts it off at once. */
  readonly graceMs: number
}

export interface Resize {
  readonly cpu?: number | undefined
  readonly ram?: number | undefined
  readonly disk?: number | undefined
}

/**
 * Makes and moves machines of one kind on all the nodes that are configured for it. Every method is idempotent: what
 * has been done is found done. A method throws `SystemTrouble` for what is this system's or its node's trouble, and
 * other errors only for a wrong program. No method takes leases or touches the store: the jobs do.
 */
export interface Provider {
  readonly name: string
  readonly abilities: ReadonlySet<Ability>
  /** What is wrong with what is asked for, each in a sentence; asks nobody and touches nothing. */
  check(spec: SystemSpec): readonly string[]
  /**
   * Makes it, found again by `system.id` when it is there already, and leaves it stopped. What fails in the middle
   * is taken back; what could not be taken back is said in `SystemTrouble`'s `left`.
   */
  create(system: System, login: FirstLogin, job: Job): Promise<Placed>
  start(system: System, job: Job): Promise<void>
  stop(system: System, options: StopOptions, job: Job): Promise<void>
  restart(system: System, options: StopOptions, job: Job): Promise<void>
  /** Takes it and its disks away, but for volumes that are kept, which are answered by name. */
  destroy(system: System, options: DestroyOptions, job: Job): Promise<{ readonly kept: readonly string[] }>
  status(system: System, job: Job): Promise<Status>
  /** Everything on the provider's nodes, or on one of them. */
  list(node: string | undefined, job: Job): Promise<readonly Found[]>
  /** Makes `copy` with the disks of `system` as they are; the copy is stopped. */
  clone(system: System, copy: System, login: FirstLogin, job: Job): Promise<Placed>
  snapshot(system: System, name: string, job: Job): Promise<void>
  /** Answers how it stands then; a size that is left out is not limited, or none that can be said. */
  revert(system: System, name: string, job: Job): Promise<Placed>
  snapshots(system: System, job: Job): Promise<readonly SnapshotInfo[]>
  resize(system: System, to: Resize, job: Job): Promise<Placed>
  /** The system's serial console, to read and to type at. */
  console(system: System, job: Job): Promise<Duplex>
  /** Hears when a system's state changes by itself, until the signal; a provider without events never calls. */
  watch?(
    heard: (change: { readonly ref: string; readonly node: string; readonly state: Status['state'] }) => void,
    signal: AbortSignal,
  ): Promise<void>
  close(): Promise<void>
}

export interface SnapshotInfo {
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly running: boolean
}
