import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Undo } from '../undo.ts'

/**
 * Does work that is taken back when it fails. The failure then says whether anything stayed. The taking back has time
 * of its own, since a cancelled job's is over.
 */
export async function orTakeBack<T>(undo: Undo, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // Why is said by the failure that led here; that it stays is what a person has to know.
    const left = (await undo.takeBack()).map(({ what }) => what)
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
