import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { InvalidInput } from '../../core/errors.ts'
import { type Flow, parseInput } from '../../core/flow.ts'
import { findNotJson, type Json } from '../../core/json.ts'
import type { Webhook } from '../../core/webhook.ts'
import { jsonOf, readBody } from './body.ts'
import { type Doubt, doubtBearer, doubtSignature } from './prove.ts'

/** A webhook by its export's name, with its secret read. */
export interface Hook {
  readonly name: string
  readonly webhook: Webhook
  readonly secret: string
}

export interface AnswerPorts {
  now(): number
  /** Starts a flow under a name, once: where an execution of that name is there, it does nothing. */
  startFlow(flow: Flow, input: Json, options: { readonly name: string }): Promise<unknown>
  notice(text: string): void
  /** Hears of requests that were not believed; there may be very many. */
  doubted(path: string, doubt: Doubt): void
}

export interface Answer {
  readonly status: number
  readonly body: { readonly [key: string]: Json }
}

/** A delivery's own name is no longer than this. */
const longestId = 200

/**
 * Answers a request: who sent it is proved before anything of it is read as JSON. A delivery is started under a name that is
 * made of its id, so that one that is sent again starts nothing.
 */
export async function answerHook(request: IncomingMessage, hook: Hook, ports: AnswerPorts): Promise<Answer> {
  const { name, webhook, secret } = hook
  if (request.method !== 'POST') return { status: 405, body: { error: 'only POST' } }
  const bearer = webhook.proof.kind === 'bearer'
  const { headers } = request
  // A word is checked before a body is waited for.
  const early = bearer ? doubtBearer(headers, secret) : undefined
  const body = early === undefined ? await readBody(request) : new Uint8Array()
  if (body === undefined) return { status: 413, body: { error: 'too large' } }
  const doubt = bearer ? early : doubtSignature(headers, body, secret, ports.now())
  if (doubt !== undefined) {
    ports.doubted(webhook.path, doubt)
    return { status: 401, body: { error: 'not proved' } }
  }
  const id = headers['webhook-id']
  if (typeof id === 'string' && (id === '' || id.length > longestId))
    return { status: 400, body: { error: `webhook-id has 1 to ${longestId} characters` } }
  const json = jsonOf(body)
  if (json === undefined) return { status: 400, body: { error: 'no JSON' } }
  const input = inputOf(webhook, json.value)
  if ('error' in input) return { status: 422, body: input }
  const execution = deliveryName(name, typeof id === 'string' ? id : randomUUID())
  try {
    await ports.startFlow(webhook.flow, input.value, { name: execution })
    return { status: 202, body: { execution } }
  } catch (thrown) {
    ports.notice(`webhook ${webhook.path}: ${execution} is not started: ${(thrown as Error).message}`)
    return { status: 503, body: { error: 'it can not be started at present; send it again' } }
  }
}

function inputOf(
  { path, flow }: Webhook,
  value: unknown,
): { readonly value: Json } | { readonly error: string } {
  try {
    const parsed = parseInput(path, flow, value)
    const problem = findNotJson(parsed)
    return problem === undefined
      ? { value: parsed as Json }
      : { error: `${problem.path} is ${problem.found}` }
  } catch (thrown) {
    if (thrown instanceof InvalidInput) return { error: thrown.message }
    throw thrown
  }
}

/** The name of a delivery's execution. Exports have names of letters, digits and signs that executions may not have. */
function deliveryName(name: string, id: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([name, id]))
    .digest('hex')
    .slice(0, 24)
  return `${name.replaceAll(/[^\w-]/g, '_').slice(0, 50)}-${hash}`
}
