import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What a function answered. `error` is what Lambda gives its caller for one that failed. */
export type Answer =
  | { readonly payload: unknown; readonly error?: undefined }
  | { readonly error: FunctionError; readonly payload?: undefined }

export interface FunctionError {
  readonly errorType: string
  readonly errorMessage: string
  readonly trace?: readonly string[]
}

export interface Invocation {
  readonly requestId: string
  readonly answer: Promise<Answer>
  /** Answers in the place of a process that did not. */
  fail(error: FunctionError): void
}

/** Lambda's Runtime API (2018-06-01) for one process, and the queue of what it is to do. */
export interface RuntimeApi {
  /** Host and port, as `AWS_LAMBDA_RUNTIME_API` has it. */
  readonly address: string
  /** Resolves when the process asks for work, or with what its start failed by. */
  readonly started: Promise<FunctionError | undefined>
  /** Puts a call into the queue; its time begins when the process takes it. `onTaken` hears that. */
  invoke(payload: string, options: { readonly timeoutMs: number; readonly onTaken: () => void }): Invocation
  end(): Promise<void>
}

interface Waiting {
  readonly requestId: string
  readonly payload: string
  readonly timeoutMs: number
  readonly onTaken: () => void
}

const prefix = '/2018-06-01/runtime/'

/** Starts a Runtime API. Whatever the process posts is matched by its request's id, as Lambda does. */
export async function startRuntimeApi(functionArn: string): Promise<RuntimeApi> {
  const queue: Waiting[] = []
  const answers = new Map<string, (answer: Answer) => void>()
  const sockets = new Set<Socket>()
  const started = Promise.withResolvers<FunctionError | undefined>()
  let asking: ServerResponse | undefined

  const hand = () => {
    if (asking === undefined) return
    const next = queue.shift()
    if (next === undefined) return
    const response = asking
    asking = undefined
    next.onTaken()
    const headers = {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': next.requestId,
      'lambda-runtime-deadline-ms': String(Date.now() + next.timeoutMs),
      'lambda-runtime-invoked-function-arn': functionArn,
      'lambda-runtime-trace-id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0',
    }
    response.writeHead(200, headers).end(next.payload)
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = (request.url ?? '').startsWith(prefix) ? (request.url ?? '').slice(prefix.length) : ''
    if (request.method === 'GET' && name === 'invocation/next') {
      started.resolve(undefined)
      asking = response
      return hand()
    }
    const body = await read(request)
    const accepted = () => void response.writeHead(202).end('{"status":"OK"}')
    if (request.method === 'POST' && name === 'init/error') {
      started.resolve(JSON.parse(body) as FunctionError)
      return accepted()
    }
    const [, id = '', kind = ''] = /^invocation\/([^/]+)\/(response|error)$/.exec(name) ?? []
    const settle = answers.get(decodeURIComponent(id))
    if (request.method !== 'POST' || settle === undefined) return void response.writeHead(400).end('{}')
    if (kind === 'error') settle({ error: JSON.parse(body) as FunctionError })
    else if (Buffer.byteLength(body) > mostBytes) settle({ error: tooLarge(body) })
    else settle({ payload: JSON.parse(body) as unknown })
    accepted()
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.on('connection', socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    started: started.promise,
    invoke(payload, options) {
      const requestId = randomUUID()
      const { promise, resolve } = Promise.withResolvers<Answer>()
      answers.set(requestId, answer => {
        answers.delete(requestId)
        resolve(answer)
      })
      queue.push({ requestId, payload, ...options })
      hand()
      return { requestId, answer: promise, fail: error => answers.get(requestId)?.({ error }) }
    },
    async end() {
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** What Lambda takes of a synchronous answer. */
const mostBytes = 6 * 1024 * 1024

function tooLarge(body: string): FunctionError {
  return {
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size (${Buffer.byteLength(body)} bytes) exceeded maximum allowed payload size (6291556 bytes).`,
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
