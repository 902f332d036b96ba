import type { Duplex } from 'node:stream'

/**
 * Resolves when a socket emits the event that says that it is open. Its error, its end or the signal's abort destroy
 * it and reject.
 */
export function opened(socket: Duplex, event: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onOpen = () => resolve()
  const onClose = () => reject(new Error('the far end hung up'))
  const onAbort = () => reject(signal.reason)
  const settle = (failed: boolean) => {
    socket.off(event, onOpen)
    socket.off('close', onClose)
    socket.off('end', onClose)
    signal.removeEventListener('abort', onAbort)
    if (!failed) return socket.off('error', reject)
    // An error that comes while it is being destroyed has nobody else to hear it; `reject` is deaf by now.
    return socket.destroy()
  }
  socket.once(event, onOpen)
  socket.once('close', onClose)
  socket.once('end', onClose)
  socket.on('error', reject)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return promise.then(
    () => void settle(false),
    (error: unknown) => {
      settle(true)
      throw error
    },
  )
}
