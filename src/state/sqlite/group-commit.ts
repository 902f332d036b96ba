import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ReopsError } from '../../core/errors.ts'
import { StoreClosed } from '../../core/execution-errors.ts'
import { explainTrouble } from './trouble.ts'

/** Something to write. With nobody to answer, it is kept until it is written. */
interface Work {
  readonly write: () => unknown
  readonly answer?: { readonly resolve: (value: any) => void; readonly reject: (error: unknown) => void }
}

type Settled = { readonly value: unknown } | { readonly refusal: ReopsError }

/**
 * Writes what is asked for during a turn of the event loop in one transaction at its end, and answers after the
 * commit: the wait for the disk is shared by all of them.
 *
 * 1. Works are done in the order in which they were asked for.
 * 2. A work that is refused throws a `ReopsError` before it has written anything; the others are not touched.
 * 3. When the transaction fails, nothing of it is written: what somebody waits for rejects, what nobody waits
 *    for is kept, in its place, for the next time.
 */
export class GroupCommit {
  readonly #connection: DatabaseSync
  readonly #file: string
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  #queue: Work[] = []
  #turn: NodeJS.Immediate | undefined
  #closed = false

  constructor(connection: DatabaseSync, file: string) {
    this.#connection = connection
    this.#file = file
    this.#begin = connection.prepare('BEGIN IMMEDIATE')
    this.#commit = connection.prepare('COMMIT')
  }

  /** Whether nothing waits to be written. */
  get idle(): boolean {
    return this.#queue.length === 0
  }

  write<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#add({ write, answer: { resolve, reject } }))
  }

  gather(write: () => void): void {
    this.#add({ write })
  }

  /** Writes what waits and takes nothing more; throws when it can't be written. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    const trouble = this.#queue.length > 0 ? this.#writeAll() : undefined
    if (trouble !== undefined) throw trouble
  }

  #add(work: Work): void {
    if (this.#closed) throw new StoreClosed()
    this.#queue.push(work)
    this.#turn ??= setImmediate(() => this.#writeAll())
  }

  /** Answers what it told everybody who waits, for those who don't. */
  #writeAll(): unknown {
    clearImmediate(this.#turn)
    this.#turn = undefined
    const batch = this.#queue
    this.#queue = []
    let settled: Settled[]
    try {
      settled = this.#transact(batch)
    } catch (thrown) {
      const trouble = explainTrouble(thrown, this.#file)
      this.#queue = [...batch.filter(work => work.answer === undefined), ...this.#queue]
      for (const { answer } of batch) answer?.reject(trouble)
      return trouble
    }
    settled.forEach((how, index) => {
      const answer = batch[index]?.answer
      if ('refusal' in how) answer?.reject(how.refusal)
      else answer?.resolve(how.value)
    })
    return undefined
  }

  #transact(batch: readonly Work[]): Settled[] {
    this.#begin.run()
    try {
      const settled = batch.map(attempt)
      this.#commit.run()
      return settled
    } catch (thrown) {
      // SQLite itself rolls back after some errors, such as a full disk.
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK')
      throw thrown
    }
  }
}

function attempt(work: Work): Settled {
  try {
    return { value: work.write() }
  } catch (thrown) {
    if (thrown instanceof ReopsError) return { refusal: thrown }
    throw thrown
  }
}
