import { ReopsError } from '../core/errors.ts'
import { UnknownExecution } from '../core/execution-errors.ts'
import type { ExecutionRecord, ExecutionStore } from '../core/executions.ts'
import type { Clock } from '../core/ports.ts'
import type { ExecutionEvent } from '../core/runtime.ts'
import type { ExecutionResult } from '../executor/index.ts'
import { type Running, resultOf } from './launch.ts'

/** Milliseconds between two looks at what another process does, at first and at most. */
const firstLook = 50
const lookEvery = 1_000
/** Milliseconds after its deadline in which its holder has to end an execution. */
const patience = 120_000

/** Another process holds an execution beyond its deadline, and does not end it. */
class ExecutionStuck extends ReopsError {
  override readonly name = 'ExecutionStuck'
  override readonly slug = 'execution-stuck'
}

/** What following an execution elsewhere needs. */
export interface Following {
  readonly store: ExecutionStore
  readonly clock: Clock
  /** Goes on with it here when nobody executes it any more. */
  takeOver(record: ExecutionRecord): Promise<Running | undefined>
  readonly signal?: AbortSignal | undefined
}

/** An execution of another process, or one that has ended: its result is looked for in the store. */
export function followElsewhere({ id, name }: ExecutionRecord, following: Following): Running {
  const { store, signal } = following
  let here: Running | undefined
  const stop = (reason = 'The execution was cancelled') => {
    if (here !== undefined) here.cancel(reason)
    else if (store.get(id)?.status === 'RUNNING') asking = store.request(id, { stop: reason })
  }
  let asking: Promise<void> = Promise.resolve()
  const abort = () => stop(signal?.reason instanceof Error ? signal.reason.message : String(signal?.reason))
  if (signal?.aborted) abort()
  else signal?.addEventListener('abort', abort, { once: true })

  const wait = async (): Promise<ExecutionResult> => {
    for (let pause = firstLook; ; pause = Math.min(lookEvery, pause * 2)) {
      await asking
      const record = store.get(id)
      if (record === undefined) throw new UnknownExecution(id)
      if (record.status !== 'RUNNING') return resultOf(record)
      here = await following.takeOver(record)
      if (here !== undefined) return here.ended
      if (following.clock.now() > record.deadline + patience)
        throw new ExecutionStuck(
          `${name} is held by ${record.lease?.owner} and should have ended at ${new Date(record.deadline).toISOString()}; end that process, and resume abandoned executions`,
        )
      await following.clock.sleep(pause)
    }
  }
  const ended = wait().finally(() => signal?.removeEventListener('abort', abort))
  ended.catch(() => {})
  return { id, name, ended, cancel: stop, events: () => eventsOf(id, ended, following) }
}

/** What the journal holds, and what is added to it until the execution has ended. */
async function* eventsOf(
  id: string,
  ended: Promise<unknown>,
  { store, clock }: Following,
): AsyncGenerator<ExecutionEvent> {
  let over = false
  const end = () => {
    over = true
  }
  ended.then(end, end)
  for (let after = 0; ; ) {
    const last = over
    for (const { event, position } of store.journal(id, after)) {
      after = position
      yield event
    }
    if (last) return
    await clock.sleep(firstLook)
  }
}
