/** Bytes a request, and requests under way: the round trip is paid once for all of them. OpenSSH reads at most 256 KiB. */
export const chunkSize = 64 * 1_024
const requests = 32

/** Files of a folder that are moved at once: small ones cost round trips and no bandwidth. */
const filesAtOnce = 8

/**
 * Moves `size` bytes by chunks, many at once and each with a buffer of its own. Rejects with the first error,
 * after the others have stopped.
 */
export async function inChunks(
  size: number,
  move: (buffer: Buffer, offset: number, length: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const workers = Math.min(requests, Math.ceil(size / chunkSize))
  await allAtOnce(workers, async stopped => {
    const buffer = Buffer.allocUnsafe(Math.min(chunkSize, size))
    while (next < size && !stopped()) {
      const offset = next
      next += chunkSize
      await move(buffer, offset, Math.min(chunkSize, size - offset))
    }
  })
}

/** Does `work` for every item, a few at once. Rejects with the first error, after the others have stopped. */
export async function forEachFile<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  await allAtOnce(Math.min(filesAtOnce, items.length), async stopped => {
    while (next < items.length && !stopped()) {
      const item = items[next++] as T
      await work(item)
    }
  })
}

async function allAtOnce(count: number, worker: (stopped: () => boolean) => Promise<void>): Promise<void> {
  let failed = false
  const results = await Promise.allSettled(
    Array.from({ length: count }, () =>
      worker(() => failed).catch((error: unknown) => {
        failed = true
        throw error
      }),
    ),
  )
  const broken = results.find(result => result.status === 'rejected')
  if (broken) throw broken.reason
}
