import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** A call as it came over the wire. */
export interface SfnCall {
  readonly action: string
  readonly token: string
  readonly body: Readonly<Record<string, string>>
}

/** How a call goes that does not go as the state of its token would have it. */
export type Mischief = 'ThrottlingException' | 500 | 'hang up' | 'never answer' | 'take it, then hang up'

export interface StepFunctions {
  /** Where it listens now. */
  readonly endpoint: string
  readonly calls: readonly SfnCall[]
  /** A state waits for this token. */
  hold(...tokens: string[]): void
  /** How the state of a token was answered, if it was. */
  answerOf(token: string): SfnCall | undefined
  /** The state's time is over, or its execution was stopped. */
  close(token: string): void
  heartbeats(token: string): number
  /** What happens to calls, in their order; then all goes well again. */
  next(...mischief: Mischief[]): void
  /** Refuses connections until it is up again, at the same port. */
  down(): Promise<void>
  up(): Promise<void>
  end(): Promise<void>
}

/** What its API takes (AWS Step Functions, API reference). */
const longest = { output: 262_144, error: 256, cause: 32_768, taskToken: 2_048 }

const types = { 'content-type': 'application/x-amz-json-1.0' }

/**
 * Step Functions' HTTP API (AWS JSON 1.0), as far as who answers task tokens meets it: its checks, its errors by name, and
 * a line that breaks. Tokens that it does not hold are unknown to it.
 */
export async function startStepFunctions(): Promise<StepFunctions> {
  const states = new Map<string, 'waiting' | 'closed' | SfnCall>()
  const beats = new Map<string, number>()
  const calls: SfnCall[] = []
  const planned: Mischief[] = []
  const sockets = new Set<Socket>()
  let port = 0

  const server = createServer((request, response) => {
    // A line that breaks under a request is what some tests are about.
    handle(request, response).catch(() => response.destroy())
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>
    const action = String(request.headers['x-amz-target']).replace(/^AWSStepFunctions\./, '')
    const call = { action, token: body.taskToken ?? '', body }
    calls.push(call)
    const mischief = planned.shift()
    if (mischief === 'never answer') return
    if (mischief === 'hang up') return void response.destroy()
    if (mischief === 'ThrottlingException') return fail(response, 400, mischief)
    if (mischief === 500) return fail(response, 500, 'InternalFailure')
    const refusal = check(call, states.get(call.token))
    if (refusal === undefined && action === 'SendTaskHeartbeat')
      beats.set(call.token, (beats.get(call.token) ?? 0) + 1)
    if (refusal === undefined && action !== 'SendTaskHeartbeat') states.set(call.token, call)
    if (mischief === 'take it, then hang up') return void response.destroy()
    if (refusal !== undefined) return fail(response, 400, refusal)
    response.writeHead(200, types).end('{}')
  }

  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        port = (server.address() as AddressInfo).port
        resolve()
      })
    })
  const shut = async () => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen()

  return {
    get endpoint() {
      return `http://127.0.0.1:${port}`
    },
    calls,
    hold(...tokens) {
      for (const token of tokens) states.set(token, 'waiting')
    },
    answerOf(token) {
      const state = states.get(token)
      return typeof state === 'object' ? state : undefined
    },
    close: token => void states.set(token, 'closed'),
    heartbeats: token => beats.get(token) ?? 0,
    next: (...mischief) => void planned.push(...mischief),
    down: shut,
    up: listen,
    end: shut,
  }
}

function check(
  { action, token, body }: SfnCall,
  state: 'waiting' | 'closed' | SfnCall | undefined,
): string | undefined {
  if (!/^SendTask(?:Success|Failure|Heartbeat)$/.test(action)) return 'UnknownOperationException'
  if (token.length < 1 || token.length > longest.taskToken) return 'ValidationException'
  if ((body.error ?? '').length > longest.error || (body.cause ?? '').length > longest.cause)
    return 'ValidationException'
  if (!/^[A-Za-z0-9+/=._-]+$/.test(token)) return 'InvalidToken'
  if (state === undefined) return 'TaskDoesNotExist'
  if (state !== 'waiting') return 'TaskTimedOut'
  if (action !== 'SendTaskSuccess') return undefined
  const { output = '' } = body
  if (Buffer.byteLength(output) > longest.output) return 'ValidationException'
  try {
    JSON.parse(output)
    return undefined
  } catch {
    return 'InvalidOutput'
  }
}

function fail(response: ServerResponse, status: number, name: string): void {
  const body = { __type: `com.amazonaws.swf.service.v2.model#${name}`, message: `${name} says the fake` }
  response.writeHead(status, { ...types, 'x-amzn-errortype': name }).end(JSON.stringify(body))
}
