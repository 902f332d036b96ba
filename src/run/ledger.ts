import { ReopsError } from '../core/errors.ts'
import { LeaseLost } from '../core/execution-errors.ts'
import type {
  ExecutionEnd,
  ExecutionLease,
  ExecutionRecord,
  ExecutionStart,
  ExecutionStore,
  JournalEntry,
} from '../core/executions.ts'
import type { Clock } from '../core/ports.ts'
import type { Journal } from '../executor/index.ts'
import { isGone, makeOwner } from './owner.ts'

/** Milliseconds that a lease lasts, and after which it is renewed. */
const leaseMs = 30_000
const renewEvery = 10_000
/** Milliseconds between two looks at what other processes ask of our executions. */
const askEvery = 1_000
/** Milliseconds after which what was appended is durable, even if nobody waits for it. */
const flushWithin = 25

/** This process ends, or its runtime was closed; the execution goes on elsewhere, or when it is started again. */
class ExecutionSuspended extends ReopsError {
  override readonly name = 'ExecutionSuspended'
  override readonly slug = 'execution-suspended'
  readonly execution: string

  constructor(execution: string) {
    super(
      `${execution} is suspended: this process stopped executing it; what it has done is kept, and whoever resumes abandoned executions goes on with it`,
    )
    this.execution = execution
  }
}

/** The executions that this process executes, with their leases, and the store that they are written to. */
export class Ledger {
  readonly store: ExecutionStore
  readonly #clock: Clock
  readonly #owner = makeOwner()
  readonly #held = new Map<string, Held>()
  readonly #timers: NodeJS.Timeout[] = []
  #closed = false

  constructor(store: ExecutionStore, clock: Clock) {
    this.store = store
    this.#clock = clock
  }

  /** Starts an execution; answers its hold, or what is known of the one that has its name and input already. */
  async start(start: ExecutionStart): Promise<Held | ExecutionRecord> {
    const started = await this.store.start(start, this.#owner, leaseMs)
    return started.kind === 'started' ? this.#hold(start.id, started.lease) : started.record
  }

  /** Takes over an execution that nobody executes any more; undefined when somebody does. */
  async takeOver(id: string): Promise<Held | undefined> {
    const lease = this.store.get(id)?.lease
    if (lease !== undefined && isGone(lease.owner)) await this.#giveBack(id, lease.fence)
    const taken = await this.store.acquire(id, this.#owner, leaseMs, this.#clock.now())
    return taken && this.#hold(id, taken)
  }

  async reopen(id: string, at: number): Promise<Held> {
    return this.#hold(id, await this.store.reopen(id, this.#owner, leaseMs, at))
  }

  /** Running executions that nobody executes: their leases are over, or their holders are. */
  abandoned(): string[] {
    const ids = new Set(this.store.abandoned(this.#clock.now()).map(({ id }) => id))
    for (const { id, lease } of this.store.list({ status: 'RUNNING' }))
      if (lease !== undefined && isGone(lease.owner)) ids.add(id)
    return [...ids].filter(id => !this.#held.has(id))
  }

  /** What another process had left behind is given back in its name; somebody else may have been quicker. */
  async #giveBack(id: string, fence: number): Promise<void> {
    try {
      await this.store.release(id, fence)
    } catch (error) {
      if (!(error instanceof LeaseLost)) throw error
    }
  }

  #hold(id: string, lease: ExecutionLease): Held {
    const held = new Held(this.store, id, lease, () => this.#held.delete(id))
    this.#held.set(id, held)
    if (this.#timers.length === 0) {
      this.#timers.push(setInterval(() => this.#renew(), renewEvery).unref())
      this.#timers.push(setInterval(() => this.#ask(), askEvery).unref())
    }
    return held
  }

  #renew(): void {
    for (const held of this.#held.values()) void held.renew(leaseMs, this.#clock.now())
  }

  #ask(): void {
    for (const held of this.#held.values()) {
      try {
        const [asked] = this.store.requests(held.id)
        if (asked !== undefined) held.stop?.(asked.stop)
      } catch (error) {
        held.lose(error as Error)
      }
    }
  }

  /** Stops executing, writes down what was done, and gives the leases back so that another may go on at once. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const timer of this.#timers) clearInterval(timer)
    const held = [...this.#held.values()]
    // All of them first: stopping one may stop another, which must not be written down as its end.
    for (const one of held) one.lose(new ExecutionSuspended(one.id))
    const gone = await Promise.allSettled(held.map(one => one.letGo()))
    await this.store.close()
    for (const one of gone)
      if (one.status === 'rejected' && !(one.reason instanceof LeaseLost)) throw one.reason
  }
}

/** An execution that this process holds the lease of: what it tells is written under the lease's fence. */
export class Held implements Journal {
  readonly id: string
  /** Stops the execution, for a reason. */
  stop: ((reason: string) => void) | undefined
  /** Resolves when the execution does nothing any more. */
  over: Promise<unknown> = Promise.resolve()
  readonly #store: ExecutionStore
  readonly #done: () => void
  #lease: ExecutionLease
  #lost: Error | undefined
  #flushing: NodeJS.Timeout | undefined

  constructor(store: ExecutionStore, id: string, lease: ExecutionLease, done: () => void) {
    this.#store = store
    this.id = id
    this.#lease = lease
    this.#done = done
  }

  /** Why it is not ours any more. */
  get lost(): Error | undefined {
    return this.#lost
  }

  append(entry: JournalEntry): void {
    if (this.#lost !== undefined) throw this.#lost
    this.#store.append(this.id, this.#lease.fence, [entry])
    this.#flushing ??= setTimeout(() => this.#flushSoon(), flushWithin)
  }

  async flush(): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost
    this.#settle()
    await this.#store.flush(this.id, this.#lease.fence)
  }

  async finish(end: ExecutionEnd): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost
    this.#settle()
    await this.#store.finish(this.id, this.#lease.fence, end)
  }

  /** What was not waited for fails the execution too, at its next event. */
  #flushSoon(): void {
    this.flush().catch((error: unknown) => this.lose(error as Error))
  }

  #settle(): void {
    clearTimeout(this.#flushing)
    this.#flushing = undefined
  }

  /** A store that can't be written to for as long as the lease lasts has lost it. */
  async renew(forMs: number, now: number): Promise<void> {
    try {
      this.#lease = await this.#store.renew(this.id, this.#lease.fence, forMs, now)
    } catch (error) {
      if (error instanceof LeaseLost || now >= this.#lease.until) this.lose(error as Error)
    }
  }

  /** Stops it here, without writing anything more. */
  lose(why: Error): void {
    if (this.#lost !== undefined) return
    this.#lost = why
    this.#settle()
    this.stop?.(why.message)
  }

  /** It is over. */
  release(): void {
    this.#settle()
    this.#done()
  }

  /** Writes down what was gathered before it was suspended, and gives the lease back once nothing goes on here. */
  async letGo(): Promise<void> {
    const suspended = this.#lost instanceof ExecutionSuspended
    if (suspended) await this.#store.flush(this.id, this.#lease.fence)
    // How it ended is told to whoever asks for its result.
    await Promise.allSettled([this.over])
    if (suspended) await this.#store.release(this.id, this.#lease.fence)
    this.release()
  }
}
