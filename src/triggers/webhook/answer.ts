import { createHash, randomUUID } from 'node:crypto'
import { InvalidInput } from '../../core/errors.ts'
import { type Flow, parseInput } from '../../core/flow.ts'
import { findNotJson, type Json } from '../../core/json.ts'
import type { Webhook } from '../../core/webhook.ts'
import { type Doubt, doubtBearer, doubtClaim, doubtSignature } from './prove.ts'
import { type HookRequest, type HookSecret, jsonOf } from './request.ts'

/** A webhook by its export's name, with its secret. */
export interface Hook {
  readonly name: string
  readonly webhook: Webhook
  readonly secret: HookSecret
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

/** To whoever sent what can't be taken now, whatever is wrong here. */
const later: Answer = { status: 503, body: { error: 'it can not be started at present; send it again' } }

/**
 * Answers a request: who sent it is proved before anything of it is read as JSON. A delivery is started under a name that is
 * made of its id, so that one that is sent again starts nothing.
 */
export async function answerHook(request: HookRequest, hook: Hook, ports: AnswerPorts): Promise<Answer> {
  const { name, webhook } = hook
  const { method, headers } = request
  if (method !== 'POST') return { status: 405, body: { error: 'only POST' } }
  const { kind } = webhook.proof
  // What brings no proof is refused before a secret is read, and a word is checked before a body is waited for.
  const early =
    doubtClaim(kind, headers, ports.now()) ??
    (kind === 'bearer' ? await doubtBy(hook, secret => doubtBearer(headers, secret)) : undefined)
  if (early !== undefined) return refuse(early, webhook, ports)
  const body = await request.body()
  if (body === undefined) return { status: 413, body: { error: 'too large' } }
  const doubt =
    kind === 'signature'
      ? await doubtBy(hook, secret => doubtSignature(headers, body, secret, ports.now()))
      : undefined
  if (doubt !== undefined) return refuse(doubt, webhook, ports)
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
    return later
  }
}

/** Headers that go with an answer. */
export function headersOf({ status }: Answer): Readonly<Record<string, string>> {
  return {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'POST' } : {}),
  }
}

function refuse(doubt: Doubt | 'unread', { path }: Webhook, ports: AnswerPorts): Answer {
  if (doubt === 'unread') return later
  ports.doubted(path, doubt)
  return { status: 401, body: { error: 'not proved' } }
}

/** What is doubted by the secret; where that was changed in the meantime, by what it is now. */
async function doubtBy(
  { secret }: Hook,
  doubt: (secret: string) => Doubt | undefined,
): Promise<Doubt | 'unread' | undefined> {
  try {
    const known = await secret.read()
    const first = doubt(known)
    if (first !== 'forged') return first
    const other = await secret.changed?.(known)
    return other === undefined ? first : doubt(other)
  } catch {
    // Whoever reads it tells of that, and not once for each request.
    return 'unread'
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
