/** Why work was stopped: the execution was aborted, its time was over, or a sibling branch failed. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
  readonly why: 'aborted' | 'timeout' | 'sibling'

  constructor(why: 'aborted' | 'timeout' | 'sibling', message: string) {
    super(message)
    this.why = why
  }
}

/**
 * A tree of cancellations. AbortSignal would do, but leaving one costs time in proportion to its listeners,
 * which a Map of thousands of items turns into a quadratic.
 */
export class Cancellation {
  #reason: Cancelled | undefined
  readonly #listeners = new Set<(reason: Cancelled) => void>()
  readonly #leaveParent: () => void

  constructor(parent?: Cancellation) {
    this.#leaveParent = parent === undefined ? () => {} : parent.onCancel(reason => this.cancel(reason))
  }

  get reason(): Cancelled | undefined {
    return this.#reason
  }

  cancel(reason: Cancelled): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener(reason)
  }

  throwIfCancelled(): void {
    if (this.#reason !== undefined) throw this.#reason
  }

  /** Calls back once, at once if it was cancelled already; the answer leaves. */
  onCancel(listener: (reason: Cancelled) => void): () => void {
    if (this.#reason !== undefined) {
      listener(this.#reason)
      return () => {}
    }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Leaves its parent: the work that it stood for is over. */
  close(): void {
    this.#leaveParent()
  }
}
