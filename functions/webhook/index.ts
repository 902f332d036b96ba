import { unlessAborted } from '../../src/core/aborted.ts'
import type { Json } from '../../src/core/json.ts'
import { type Answer, answerHook, headersOf } from '../../src/triggers/webhook/answer.ts'
import { log } from '../shared/log.ts'
import { refuseRuns } from '../shared/no-runtime.ts'
import { serve } from '../shared/serve.ts'
import { type Hooks, openHooks } from './hooks.ts'
import { readRequest } from './request.ts'

/** Milliseconds after which a sender is told to send it again. */
const patience = 8_000

let opened: Hooks | undefined

/**
 * Takes webhooks behind a function URL, as the daemon does at home. Everybody can call it: what is no webhook's path, and what
 * brings no proof, is answered without a call of AWS, and nothing is thrown at whoever calls.
 */
export const handler = serve(
  async (event, { deadline }) => {
    const left = Math.min(deadline - Date.now(), patience)
    try {
      return responseOf(await unlessAborted(answerTo(event), within(left)))
    } catch (error) {
      const { name, message } = error as Error
      if (name === 'TimeoutError') return responseOf({ status: 503, body: { error: 'send it again' } })
      log({ level: 'error', message: 'a webhook is not answered', error: name, what: message })
      return responseOf({ status: 500, body: { error: 'it failed' } })
    }
  },
  { logged: false },
)

async function answerTo(event: unknown): Promise<Answer> {
  opened ??= open()
  const request = readRequest(event)
  if (request === undefined) return { status: 400, body: { error: 'no request' } }
  const hook = opened.byPath.get(request.path)
  if (hook === undefined) return { status: 404, body: { error: 'there is no such webhook' } }
  return answerHook(request, hook, opened.ports)
}

/** Aborted by a `TimeoutError` after so many milliseconds, of which timers take whole ones. */
function within(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.max(1, Math.ceil(ms)))
}

function open(): Hooks {
  refuseRuns()
  return openHooks(process.env)
}

/** As a function URL takes it. */
function responseOf(answer: Answer): Json {
  return {
    statusCode: answer.status,
    headers: { ...headersOf(answer) },
    body: `${JSON.stringify(answer.body)}\n`,
  }
}
