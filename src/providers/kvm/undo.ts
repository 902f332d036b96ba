import { SystemTrouble } from '../../core/systems/trouble.ts'

/** What was made so far and how it is taken back, the last first. */
export interface Undo {
  /** Remembers before it is made: what was only begun is taken back too. `what` is called by it when it stays. */
  add(what: string, back: () => Promise<unknown>): void
  /** Takes all back; answers what could not be. */
  takeBack(): Promise<readonly string[]>
}

export function openUndo(): Undo {
  const made: { readonly what: string; readonly back: () => Promise<unknown> }[] = []
  return {
    add: (what, back) => void made.push({ what, back }),
    async takeBack() {
      const left: string[] = []
      for (const { what, back } of made.toReversed()) {
        try {
          await back()
        } catch {
          // Why is said by the failure that led here; that it stays is what a person has to know.
          left.push(what)
        }
      }
      return left
    },
  }
}

/**
 * Does work that is taken back when it fails. The failure then says whether anything stayed. The taking back has time
 * of its own, since a cancelled job's is over.
 */
export async function orTakeBack<T>(undo: Undo, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const left = await undo.takeBack()
    if (!(error instanceof SystemTrouble)) {
      if (left.length === 0) throw error
      const words = error instanceof Error ? error.message : String(error)
      throw new SystemTrouble('exception', `${words}; ${stayed(left)}`, { cause: error, left })
    }
    if (left.length === 0) throw error
    throw new SystemTrouble(error.code, `${error.message}; ${stayed(left)}`, {
      cause: error,
      left,
      detail: { ...error.detail },
    })
  }
}

function stayed(left: readonly string[]): string {
  return `could not take back ${left.join(', ')}`
}
