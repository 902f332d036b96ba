import { ReopsError } from '../../core/errors.ts'
import { HostTrouble } from '../../core/ports.ts'

/** The work of one transport: it is ended, and waited for, when the transport closes. */
export interface Tasks {
  /** Throws `HostTrouble` (`cancelled`) once the transport is closed. */
  mustBeOpen(host: string): void
  /** Runs `work` under the caller's signal and the transport's. What an abort throws becomes `HostTrouble`. */
  run<T>(host: string, own: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Aborts everything and waits until it has cleaned up. */
  close(): Promise<void>
}

/** Makes an empty set of tasks. */
export function createTasks(): Tasks {
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()

  const guarded = async <T>(
    host: string,
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    try {
      return await work(signal)
    } catch (error) {
      if (error instanceof HostTrouble || error instanceof ReopsError || !signal.aborted) throw error
      throw new HostTrouble('cancelled', `${host}: the work was cancelled`, { cause: error })
    }
  }
  return {
    mustBeOpen(host) {
      if (closing.signal.aborted) throw new HostTrouble('cancelled', `${host}: the transport is closed`)
    },
    run(host, own, work) {
      const task = guarded(host, AbortSignal.any([own, closing.signal]), work)
      running.add(task)
      const done = () => running.delete(task)
      task.then(done, done)
      return task
    },
    async close() {
      closing.abort(new HostTrouble('cancelled', 'the transport was closed'))
      await Promise.allSettled(running)
    },
  }
}
