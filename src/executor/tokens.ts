import { TokenError } from './errors.ts'

/** What a Task that waits for its token does with what it is told. */
export interface TokenHolder {
  succeed(output: unknown): void
  fail(error: string, cause: string): void
  heartbeat(): void
}

/** The tokens that tasks of one execution wait for. A token is a secret: whoever has it may answer. */
export class Tokens {
  readonly #holders = new Map<string, TokenHolder>()

  hold(token: string, holder: TokenHolder): void {
    this.#holders.set(token, holder)
  }

  release(token: string): void {
    this.#holders.delete(token)
  }

  /** @throws TokenError when no task waits for it */
  holder(token: string): TokenHolder {
    const holder = this.#holders.get(token)
    if (holder === undefined) throw new TokenError(token)
    return holder
  }
}
