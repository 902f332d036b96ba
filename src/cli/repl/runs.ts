import type { Execution, Runtime } from '../../core/runtime.ts'

/** The runs that are begun at a prompt. What a line begins belongs to that line, and Ctrl-C is for its line alone. */
export interface LineRuns {
  /** The runtime to use: it notes what is begun through it. */
  readonly runtime: Runtime
  /** Notes a promise that stands for a run, so that a prompt can wait for it. */
  begin<P extends Promise<unknown>>(run: P): P
  /** Whether this promise stands for a run. */
  isBegun(promise: Promise<unknown>): boolean
  /** A new line begins; what earlier ones began goes on in the background. */
  nextLine(): void
  /** Whether this line has begun a run, and since when (milliseconds since the epoch). */
  readonly begunAt: number | undefined
  /** Whether this line was cancelled. */
  readonly cancelled: boolean
  /** Cancels the runs of this line. False when there are none, or when they were told already. */
  cancel(reason: string): boolean
  /** Cancels everything, the background too. */
  cancelAll(reason: string): void
}

/** Notes what is begun through a runtime, line by line. */
export function trackRuns(runtime: Runtime, onBegin: () => void): LineRuns {
  const all = new AbortController()
  const begun = new WeakSet<Promise<unknown>>()
  let line = newLine()
  return {
    runtime: {
      submit: async <O>(
        operation: Parameters<Runtime['submit']>[0],
        input: unknown,
        options: Parameters<Runtime['submit']>[2],
      ) => {
        const own = line
        own.begunAt ??= Date.now()
        own.active++
        onBegin()
        const signals = [all.signal, own.controller.signal, ...(options.signal ? [options.signal] : [])]
        try {
          const execution = await runtime.submit(operation, input, {
            ...options,
            signal: AbortSignal.any(signals),
          })
          const ended = () => void own.active--
          execution.result().then(ended, ended)
          return execution as Execution<O>
        } catch (error) {
          own.active--
          throw error
        }
      },
      close: () => runtime.close(),
    },
    begin: run => {
      begun.add(run)
      return run
    },
    isBegun: promise => begun.has(promise),
    nextLine: () => {
      line = newLine()
    },
    get begunAt() {
      return line.begunAt
    },
    get cancelled() {
      return line.controller.signal.aborted
    },
    cancel: reason => {
      if (line.active === 0 || line.controller.signal.aborted) return false
      line.controller.abort(reason)
      return true
    },
    cancelAll: reason => all.abort(reason),
  }
}

interface Line {
  readonly controller: AbortController
  active: number
  begunAt: number | undefined
}

function newLine(): Line {
  return { controller: new AbortController(), active: 0, begunAt: undefined }
}
