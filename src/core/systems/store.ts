import { ReopsError } from '../errors.ts'
import type { Criterion } from './criterion.ts'
import type { NewSystem, System, SystemChange } from './system.ts'

/** Who holds a system, for what, since and until when (milliseconds since the epoch). A later holder has a greater fence. */
export interface SystemLease {
  readonly owner: string
  /** What it is held for, such as `stop in execution nightly-1a2b`. */
  readonly purpose: string
  /** When it was taken, however often it was renewed; not known of one that an older version granted. */
  readonly since?: number | undefined
  readonly until: number
  readonly fence: number
}

/** Who changes a system: the words stand in its history. */
export interface Author {
  /** The operation, or the command: `create`, `reops state import`. */
  readonly by: string
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The fence of the lease under which it is changed; without one, a system that somebody holds can't be changed. */
  readonly fence?: number | undefined
}

/** One entry of a system's history. `before` and `after` hold the fields that differ. */
export interface ChangeEntry {
  readonly system: string
  readonly revision: number
  readonly at: number
  readonly by: string
  readonly kind: 'created' | 'changed' | 'removed'
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
}

/** What `reops state export` writes. */
export interface SystemsDump {
  readonly format: 'reops-systems'
  readonly version: 1
  readonly exportedAt: number
  readonly systems: readonly System[]
  readonly history: readonly ChangeEntry[]
}

/**
 * Keeps systems. Changes are optimistic: each names the revision that it was made from. Everything may be far away,
 * so everything is a promise.
 */
export interface SystemStore {
  /**
   * Adds a system as revision 1; with the same id, answers the one that is there. Hostnames are unique over all domains.
   * Rejects with `HostnameTaken`, `SystemHeld`, `SystemLeaseLost`, and with `InvalidSystem` for what no system can be.
   */
  add(system: NewSystem, author: Author): Promise<System>
  /** Rejects with `UnreadableSystem`, as everything does that is about one system. */
  get(id: string): Promise<System | undefined>
  /** By hostname or full name. */
  find(name: string): Promise<System | undefined>
  /** In the order of hostnames, numbers in them by their size. One that can't be read is told of and left out. */
  list(criterion?: Criterion): Promise<readonly System[]>
  /**
   * Changes a system from one revision to the next; a change that differs in nothing leaves it as it is. Rejects with
   * `RevisionConflict`, `SystemHeld`, `SystemLeaseLost`, `HostnameTaken`, `UnknownSystem`, `InvalidSystem`.
   */
  change(id: string, revision: number, change: SystemChange, author: Author): Promise<System>
  /** Forgets a system; its history stays. Rejects like `change`. */
  remove(id: string, revision: number, author: Author): Promise<void>
  /** Newest last. */
  history(id: string): Promise<readonly ChangeEntry[]>
  /** Takes the lease of a system, or answers who holds it. Also of one that is not there yet. */
  acquire(
    id: string,
    owner: string,
    purpose: string,
    leaseMs: number,
    now: number,
  ): Promise<{ readonly lease: SystemLease; readonly taken: boolean }>
  /** Rejects with `SystemLeaseLost` when somebody took it meanwhile, or it was given back. */
  renew(id: string, fence: number, leaseMs: number, now: number): Promise<SystemLease>
  /** Gives it back; one that was lost is left alone. */
  release(id: string, fence: number): Promise<void>
  /** Who holds it now, if anybody. */
  holder(id: string, now: number): Promise<SystemLease | undefined>
  /** Who holds any system now, by its id. */
  holders(now: number): Promise<ReadonlyMap<string, SystemLease>>
  dump(now: number): Promise<SystemsDump>
  /**
   * Takes in what was exported, all of it or nothing. Ids that are here stay as they are, unless `replace`: then what
   * differs becomes their next revision. Rejects with `DumpForeign`, `DumpNewer`, `InvalidDump`, `HostnameTaken` and
   * `SystemHeld`.
   */
  restore(
    dump: SystemsDump,
    options: { readonly replace: boolean },
    author: Author,
  ): Promise<{ readonly added: number; readonly replaced: number; readonly kept: number }>
  close(): Promise<void>
}

/** Another system has the hostname. */
export class HostnameTaken extends ReopsError {
  override readonly name = 'HostnameTaken'
  override readonly slug = 'hostname-taken'
}

/** Somebody changed the system since it was read. */
export class RevisionConflict extends ReopsError {
  override readonly name = 'RevisionConflict'
  override readonly slug = 'revision-conflict'
  override readonly retryable = true
}

/** Somebody holds the system: an operation is under way. */
export class SystemHeld extends ReopsError {
  override readonly name = 'SystemHeld'
  override readonly slug = 'system-held'
  override readonly retryable = true
}

/** The lease ran out and somebody else took it; what is done under it no longer counts. */
export class SystemLeaseLost extends ReopsError {
  override readonly name = 'SystemLeaseLost'
  override readonly slug = 'system-lease-lost'
}

/** No system has this id or name. */
export class UnknownSystem extends ReopsError {
  override readonly name = 'UnknownSystem'
  override readonly slug = 'unknown-system'
}

/** What is kept of a system is damaged, or a newer version of this program wrote it. */
export class UnreadableSystem extends ReopsError {
  override readonly name = 'UnreadableSystem'
}
