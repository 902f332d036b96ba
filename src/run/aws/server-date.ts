/** A client of AWS, as far as something is put between it and what is answered. */
interface Client {
  readonly middlewareStack: {
    add(
      middleware: (next: (given: any) => Promise<any>) => (given: any) => Promise<any>,
      options: { readonly step: 'deserialize'; readonly name: string; readonly override: boolean },
    ): void
  }
}

/**
 * Hears at each answer by how many milliseconds AWS's clock is ahead of this machine's. The SDK signs by AWS's clock once it
 * knows it, so that calls succeed whatever the clock here says; what we say ourselves of times is then wrong.
 */
export function hearSkew(client: Client, hear: (skewMs: number) => void): void {
  client.middlewareStack.add(
    next => async given => {
      const asked = Date.now()
      const result = await next(given)
      const date = Date.parse(result.response?.headers?.date ?? '')
      // A header has whole seconds, and was written somewhere between question and answer.
      if (!Number.isNaN(date)) hear(date + 500 - (asked + Date.now()) / 2)
      return result
    },
    { step: 'deserialize', name: 'reops-date', override: true },
  )
}
