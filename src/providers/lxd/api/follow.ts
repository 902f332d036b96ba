import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from './connection.ts'
import { parseAs, readAnswer, refusal } from './envelope.ts'
import { isTrouble, LxdError } from './errors.ts'
import { isOver, operationSchema, type Progress, readProgress, type ServerOperation } from './operation.ts'

export interface FollowOptions {
  readonly doing: string
  readonly signal: AbortSignal
  /** Milliseconds until it must be over. */
  readonly timeout: number
  /** Appended to paths, such as `project=closet`. */
  readonly query: string
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Seconds that one question waits at the server; somebody who wants to see progress asks more often. */
const slice = { quiet: 20, watched: 1 }

/** How long past its slice an answer may take, in milliseconds. */
const slack = 10_000

/** Milliseconds between two questions at the least: a server that waits for nothing is not asked all the time. */
const leastPause = 200

/** Milliseconds for asking the server to end an operation. */
const cancelMs = 5_000

/** How often the connection may be lost in a row, and the first pause before another try, in milliseconds. */
const losses = 4
const firstPause = 100

/**
 * Waits until an operation is over and returns it as it ended. A lost connection is tried again a few times, since the
 * operation goes on without us. When the signal is aborted or the time is over, the server is asked to end it where it
 * may be ended. Throws `LxdError`.
 */
export async function follow(
  connection: Connection,
  started: ServerOperation,
  options: FollowOptions,
): Promise<ServerOperation> {
  const deadline = performance.now() + options.timeout
  let operation = started
  let lost = 0
  while (!isOver(operation)) {
    const asked = performance.now()
    const left = deadline - asked
    if (left <= 0) throw await giveUp(connection, operation, options, 'timeout')
    try {
      operation = await ask(connection, operation, options, left)
      lost = 0
    } catch (error) {
      if (options.signal.aborted) throw await giveUp(connection, operation, options, 'cancelled', error)
      lost = mayTryAgain(error, lost, options.doing)
      await pause(lost, left, options.signal)
      continue
    }
    const progress = readProgress(operation.metadata)
    if (progress) options.onProgress?.(progress)
    if (!isOver(operation)) await rest(asked + leastPause - performance.now(), options.signal)
  }
  if (operation.status_code === 200) return operation
  throw new FailedOperation(operation, options.doing)
}

/** An operation that ended badly; what it left in its metadata may still be of use. */
export class FailedOperation extends LxdError {
  readonly operation: ServerOperation

  constructor(operation: ServerOperation, doing: string) {
    const told = refusal(operation.status_code, operation.err, doing)
    super(told.kind === 'invalid' ? 'failed' : told.kind, told.message.slice(doing.length + 2), {
      doing,
      status: operation.status_code,
    })
    this.operation = operation
  }
}

async function ask(
  connection: Connection,
  { id }: ServerOperation,
  { doing, signal, query, onProgress }: FollowOptions,
  left: number,
): Promise<ServerOperation> {
  const seconds = Math.ceil(Math.min(onProgress ? slice.watched : slice.quiet, left / 1_000))
  const reply = await connection.send({
    doing,
    method: 'GET',
    path: `/1.0/operations/${id}/wait?timeout=${seconds}${query && `&${query}`}`,
    signal,
    timeout: Math.min(seconds * 1_000 + slack, left + slack),
  })
  const answer = readAnswer(reply, doing)
  return answer.type === 'async' ? answer.operation : parseAs(operationSchema, answer.metadata, doing)
}

/** Counts a lost connection, or throws what can't be helped by asking again. */
function mayTryAgain(error: unknown, lost: number, doing: string): number {
  if (isTrouble(error, 'not-found')) {
    // A server forgets operations when it restarts, and some seconds after their end.
    throw new LxdError(
      'unknown',
      'the server no longer knows the operation; it may have been done: look again',
      {
        doing,
        cause: error,
      },
    )
  }
  if (!isTrouble(error, 'unreachable', 'timeout')) throw error
  if (lost + 1 < losses) return lost + 1
  throw new LxdError(
    'unknown',
    `the server was lost while it worked: ${error.message}; look again when it is back`,
    {
      doing,
      cause: error,
    },
  )
}

async function pause(lost: number, left: number, signal: AbortSignal): Promise<void> {
  const ms = firstPause * 2 ** lost * (0.5 + Math.random())
  await rest(Math.min(ms, left), signal)
}

/** Being aborted in a pause is seen by the next question. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined)
}

async function giveUp(
  connection: Connection,
  operation: ServerOperation,
  { doing, query, timeout }: FollowOptions,
  kind: 'timeout' | 'cancelled',
  cause?: unknown,
): Promise<LxdError> {
  const why = kind === 'timeout' ? `it was not done within ${timeout} ms` : 'it was cancelled'
  const outcome = await cancel(connection, operation, doing, query)
  return new LxdError(kind, `${why}; ${outcome}`, { doing, cause })
}

async function cancel(
  connection: Connection,
  { id, may_cancel }: ServerOperation,
  doing: string,
  query: string,
): Promise<string> {
  if (!may_cancel) return 'the server can not end it and goes on: look again'
  try {
    const path = `/1.0/operations/${id}${query && `?${query}`}`
    const signal = new AbortController().signal
    readAnswer(await connection.send({ doing, method: 'DELETE', path, signal, timeout: cancelMs }), doing)
    return 'the server ended it'
  } catch (error) {
    return `ending it failed (${error instanceof Error ? error.message : String(error)}): look again`
  }
}
