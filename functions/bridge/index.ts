import { JobLeft, TaskFailed } from '../../src/core/bridge.ts'
import { messageIn } from '../../src/core/errors.ts'
import type { Json } from '../../src/core/json.ts'
import { readFunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { type Call, serve } from '../shared/serve.ts'
import { type Line, openLine } from './dial.ts'
import { jobOf } from './job.ts'

/** Milliseconds: no execution waits longer for a token. What a job may take is for its operation to say. */
const longest = 365 * 86_400_000

/** Milliseconds that a bridge which is not there is waited for, and never more than half of the function's time. */
const patience = 10_000

let line: Line | undefined

/**
 * Hands a task over to the bridge. Its answer is that the bridge has it; the bridge itself gives the task's answer to Step
 * Functions, by the token.
 */
export const handler = serve(async (event, call) => {
  const job = jobOf(event)
  line ??= openLine(readFunctionEnvironment(process.env))
  try {
    const answer = await handOver(line, job, call)
    line.rest()
    return answer
  } catch (error) {
    await line.hangUp()
    throw error
  }
})

async function handOver(line: Line, { id, request }: ReturnType<typeof jobOf>, call: Call): Promise<Json> {
  const client = await line.client(Math.min(patience, (call.deadline - Date.now()) / 2))
  const leave = new AbortController()
  let accepted = false
  const answered = client.answer(request, {
    id,
    signal: AbortSignal.any([leave.signal, call.signal]),
    deadline: Date.now() + longest,
    progress: () => {},
    heartbeat: () => {},
    accepted() {
      accepted = true
      leave.abort(new JobLeft())
    },
  })
  await answered.catch((error: unknown) => {
    // What became of a job that the bridge has is told by its token, however it ended.
    if (!accepted) throw error instanceof TaskFailed ? named(error) : error
  })
  return { job: id }
}

/** A task that failed there fails here by the same name. */
function named({ error, failure }: TaskFailed): Error {
  return Object.defineProperty(new Error(messageIn(failure)), 'name', { value: error })
}
