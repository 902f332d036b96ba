import { setTimeout as sleep } from 'node:timers/promises'
import { LeaseLost } from '../../core/execution-errors.ts'
import type { ExecutionRecord, ExecutionStore, JournalEntry } from '../../core/executions.ts'
import { neutraliseLine } from '../../operations/output/format/index.ts'
import { makeOwner } from '../../run/owner.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { findExecution, isExecuted } from '../executions/find.ts'
import { withExecutions } from '../executions/open.ts'
import { statusWord } from '../executions/status.ts'
import { given, text } from '../parse.ts'
import { secondsOf } from '../session/flags.ts'
import { UsageError } from '../usage-error.ts'
import { documentOf } from './list-executions.ts'

/** Seconds that its end is waited for: longer than the lease lasts that another machine may have left. */
const usualSeconds = 45

/** How often its record is looked at, in milliseconds. */
const lookEvery = 200

/** How long we hold the lease of an execution that nobody executes, to write its end. */
const leaseMs = 10_000

/** Cancels an execution, wherever it is executed, and answers 0 once it was cancelled. */
export async function cancelExecution(context: CommandContext, args: Args, word: string): Promise<number> {
  const reason = text(args, 'reason') ?? 'cancelled by reops cancel'
  const seconds = secondsOf(args, 'timeout') ?? usualSeconds
  return withExecutions(context, args, async ({ store }) => {
    const record = findExecution(store, word)
    if (record.status !== 'RUNNING')
      throw new UsageError(
        `${record.name} is over (${statusWord(record.status)}); only a running one is cancelled`,
      )
    await store.request(record.id, { stop: reason })
    const ended = await untilEnded(store, record.id, seconds, reason)
    if (given(args, 'json')) context.stdout.write(`${JSON.stringify(documentOf(ended), null, 2)}\n`)
    else context.stdout.write(`${neutraliseLine(sentence(ended, seconds))}\n`)
    return ended.status === 'ABORTED' ? 0 : 1
  })
}

function sentence(record: ExecutionRecord, seconds: number): string {
  const { name, status } = record
  if (status === 'ABORTED') return `${name} was cancelled`
  if (status !== 'RUNNING') return `${name} had ended before it was cancelled (${statusWord(status)})`
  const who = record.lease?.owner ?? 'whoever executes it'
  return `${name} did not stop within ${seconds} s; ${who} has been asked to, and reops events ${name} --follow says when it has`
}

async function untilEnded(
  store: ExecutionStore,
  id: string,
  seconds: number,
  reason: string,
): Promise<ExecutionRecord> {
  const until = performance.now() + seconds * 1000
  for (;;) {
    await endAbandoned(store, id, reason)
    const record = store.get(id)!
    if (record.status !== 'RUNNING' || performance.now() >= until) return record
    await sleep(Math.min(lookEvery, Math.max(1, until - performance.now())))
  }
}

/** Nobody is there to ask for one that was left behind: we take it over, and all that we do of it is its end. */
async function endAbandoned(store: ExecutionStore, id: string, reason: string): Promise<void> {
  const now = Date.now()
  const record = store.get(id)
  if (record?.status !== 'RUNNING' || isExecuted(record, now)) return
  if (record.lease !== undefined && record.lease.until > now) await giveBack(store, id, record.lease.fence)
  const lease = await store.acquire(id, makeOwner(), leaseMs, now)
  if (lease === undefined) return
  store.append(id, lease.fence, [abortion(store, id, reason, now)])
  await store.finish(id, lease.fence, { status: 'ABORTED', stoppedAt: now, cause: reason })
}

/** The lease of a holder that is no more; somebody else may have been quicker. */
async function giveBack(store: ExecutionStore, id: string, fence: number): Promise<void> {
  try {
    await store.release(id, fence)
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error
  }
}

function abortion(store: ExecutionStore, id: string, cause: string, now: number): JournalEntry {
  let last = 0
  for (const { event, execution } of store.journal(id)) if (execution === id) last = Math.max(last, event.id)
  return {
    event: {
      id: last + 1,
      previousEventId: last,
      timestamp: new Date(now).toISOString(),
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { cause },
    },
    execution: id,
    scope: '',
    note: { cancelled: { why: 'aborted', message: cause } },
  }
}
