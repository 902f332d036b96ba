/** What was made so far and how it is taken back, the last first. */
export interface Undo {
  /** Remembers before it is made: what was only begun is taken back too. `what` is called by it when it stays. */
  add(what: string, back: () => Promise<unknown>): void
  readonly empty: boolean
  /** Takes all back, also after one that could not be; answers those, and why. */
  takeBack(): Promise<readonly { readonly what: string; readonly cause: unknown }[]>
}

export function openUndo(): Undo {
  const made: { readonly what: string; readonly back: () => Promise<unknown> }[] = []
  return {
    add: (what, back) => void made.push({ what, back }),
    get empty() {
      return made.length === 0
    },
    async takeBack() {
      const left: { readonly what: string; readonly cause: unknown }[] = []
      for (const { what, back } of made.toReversed()) {
        try {
          await back()
        } catch (cause) {
          left.push({ what, cause })
        }
      }
      return left
    },
  }
}
