import type { ExecutionStatus } from '../../core/executions.ts'
import { failureIn, newAttempt, openIn, type Thread, threadsOf, type Visit, type Words } from './timeline.ts'

type Ending = Exclude<ExecutionStatus, 'RUNNING'>

/** Ends a thread and whatever is still open in it. */
export function close(thread: Thread, status: Ending, at: number | undefined, words?: Words): void {
  const open = openIn(thread)
  if (open !== undefined) closeVisit(open, status, at)
  thread.status = status
  thread.stoppedAt = at
  if (words !== undefined) thread.failure = words
  const last = thread.visits.at(-1)
  if (status === 'FAILED' && words !== undefined && last?.status === 'failed') giveWords(last, words)
}

function closeVisit(visit: Visit, status: Ending, at: number | undefined): void {
  const failing = visit.attempts.at(-1)?.failure !== undefined || visit.type === 'Fail'
  closeThreads(visit, status, at)
  visit.leftAt = at
  if (status === 'SUCCEEDED') visit.status = 'succeeded'
  else visit.status = failing || status === 'FAILED' ? 'failed' : 'aborted'
}

/** Ends what a state is spread over. Where it failed, what failed in it has said so; the rest was stopped with it. */
export function closeThreads(visit: Visit, status: Ending, at: number | undefined): void {
  for (const thread of threadsOf(visit)) {
    if (thread.status !== 'RUNNING') continue
    if (status === 'FAILED') close(thread, failsIn(thread) ? 'FAILED' : 'ABORTED', at)
    else close(thread, status, at)
  }
}

/** Whether the open state of a thread failed, as far as it is told. */
function failsIn(thread: Thread): boolean {
  const last = thread.visits.at(-1)
  if (last === undefined) return false
  if (last.status === 'failed' || last.type === 'Fail') return true
  return last.attempts.at(-1)?.failure !== undefined || threadsOf(last).some(failsIn)
}

/** An execution's words belong to the state that failed with them, where that has none of its own. */
function giveWords(visit: Visit, words: Words): void {
  if (failureIn(visit)?.error !== undefined) return
  const inner = threadsOf(visit)
    .filter(thread => thread.status === 'FAILED')
    .map(thread => thread.visits.at(-1))
    .find(last => last?.status === 'failed')
  const last = visit.attempts.at(-1)
  if (inner !== undefined) giveWords(inner, words)
  else if (last !== undefined) last.failure = words
  else visit.attempts.push(newAttempt(visit.enteredAt, words))
}

/** A redrive: what had failed or was stopped is under way again; what succeeded stays. */
export function reopen(thread: Thread): void {
  if (thread.status === 'SUCCEEDED') return
  thread.status = 'RUNNING'
  thread.stoppedAt = undefined
  thread.failure = undefined
  const last = thread.visits.at(-1)
  if (last === undefined || last.status === 'succeeded' || last.status === 'caught') return
  last.status = 'running'
  last.leftAt = undefined
  for (const inner of threadsOf(last)) reopen(inner)
  const attempt = last.attempts.at(-1)
  if (attempt !== undefined && attempt.threads.length > 0) attempt.failure = undefined
}
