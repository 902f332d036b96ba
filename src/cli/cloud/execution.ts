import { setTimeout as sleep } from 'node:timers/promises'
import type { Execution, ExecutionEvent } from '../../core/runtime.ts'
import type { SpillStore } from '../../core/spill.ts'
import type { Aws } from '../../run/aws/clients.ts'
import { type CloudRecord, describeStarted, stopExecution } from '../../run/aws/executions.ts'
import { followHistory } from '../../run/aws/history.ts'
import { Channel } from '../../run/channel.ts'
import { conclude } from '../../run/conclude.ts'

/** Whoever watched it has gone; it goes on. */
export class LeftRunning extends Error {
  override readonly name = 'LeftRunning'
}

export interface CloudExecutionOptions {
  readonly store: SpillStore
  /** Aborted by who wants to watch no more. */
  readonly left: AbortSignal
  /** Events up to this id were told before it was redriven. */
  readonly after?: number
  readonly notice: (text: string) => void
  /** Each event, before the execution's end is told. */
  readonly onEvent: (event: ExecutionEvent) => void | Promise<void>
}

/** Pauses in milliseconds until AWS says of an execution what its history already says: that it ended. */
const endedAfter = [100, 200, 400, 800, 1_600, 3_200]

/** An execution in the cloud as one that is followed here. Its result rejects with `LeftRunning` once nobody watches. */
export function cloudExecution(
  aws: Aws,
  { id, name }: { readonly id: string; readonly name: string },
  { store, left, after = 0, notice, onEvent }: CloudExecutionOptions,
): Execution<unknown> {
  const events = new Channel<ExecutionEvent>()
  const follow = async () => {
    for await (const event of followHistory(aws, id, { signal: left, after, notice })) {
      await onEvent(event)
      events.push(event)
    }
    events.close()
    if (left.aborted) throw new LeftRunning(`${name} goes on`)
    const { status, output, error, cause } = await ended(aws, id)
    return conclude(
      status === 'SUCCEEDED'
        ? { status, output: output ?? null }
        : {
            status: status === 'RUNNING' ? 'FAILED' : status,
            ...(error === undefined ? {} : { error }),
            ...(cause === undefined ? {} : { cause }),
          },
      name,
      store,
    )
  }
  const result = follow().finally(() => events.close())
  result.catch(() => {})
  return {
    id,
    name,
    result: () => result,
    cancel: reason =>
      void stopExecution(aws, id, reason ?? 'Somebody asked for it').catch((error: Error) =>
        notice(error.message),
      ),
    events: () => events,
  }
}

async function ended(aws: Aws, id: string): Promise<CloudRecord> {
  for (const pause of endedAfter) {
    const record = await describeStarted(aws, id)
    if (record.status !== 'RUNNING') return record
    await sleep(pause)
  }
  return describeStarted(aws, id)
}
