/** Works on so many at once. A throw lets those under way finish, begins no other, and is thrown at the end. */
export async function inParallel<A, B>(
  items: readonly A[],
  limit: number,
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const results = new Array<B>(items.length)
  const thrown: unknown[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length && thrown.length === 0; index = next++) {
      try {
        results[index] = await work(items[index]!)
      } catch (error) {
        thrown.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker))
  if (thrown.length > 0) throw thrown[0]
  return results
}
