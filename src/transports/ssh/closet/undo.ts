/** How to take back one thing that was made. */
export type Undo = () => Promise<void> | void

/** Undoes everything, last made first, also when a part of it fails, and then throws what failed. */
export async function undoAll(made: readonly Undo[]): Promise<void> {
  const errors: unknown[] = []
  for (const undo of made.toReversed()) {
    try {
      await undo()
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateError(errors, 'The closet was not closed completely')
}

/** Waits for all of them, also when one fails, so that nothing is made after the undoing. */
export async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work)
  return Promise.all(work)
}
