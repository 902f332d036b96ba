/** What was opened, to be closed in the other order. */
export interface Pile {
  add(close: () => unknown): void
  /** Closes all of it, also after something that would not be closed, which `say` hears. */
  close(say: (text: string) => void): Promise<void>
}

export function openPile(): Pile {
  const opened: (() => unknown)[] = []
  return {
    add: close => void opened.push(close),
    async close(say) {
      for (const close of opened.splice(0).reverse()) {
        try {
          await close()
        } catch (error) {
          say(`while ending: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
    },
  }
}
