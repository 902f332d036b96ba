/**
 * What has been said and what is still to come, for any number of listeners, each from the beginning. It keeps
 * everything until it is dropped.
 */
export class Channel<T> {
  readonly #said: T[] = []
  readonly #waiting = new Set<() => void>()
  #closed = false

  push(item: T): void {
    this.#said.push(item)
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (let index = 0; ; ) {
      while (index < this.#said.length) yield this.#said[index++]!
      if (this.#closed) return
      await new Promise<void>(resolve => this.#waiting.add(resolve))
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
