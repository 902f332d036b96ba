import type http from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import * as z from 'zod'
import {
  type CallOptions,
  type LxdClient,
  openClient,
  pathTo,
} from '../../../../src/providers/lxd/api/client.ts'
import { LxdError } from '../../../../src/providers/lxd/api/errors.ts'
import { listInstances } from '../../../../src/providers/lxd/api/instances.ts'
import type { Progress } from '../../../../src/providers/lxd/api/operation.ts'
import { power } from '../../../../src/providers/lxd/api/power.ts'
import {
  operation,
  type Script,
  type ScriptedServer,
  started,
  startScripted,
  sync,
} from '../../../fakes/lxd/scripted-server.ts'

const soon = () => ({ signal: AbortSignal.timeout(10_000) })

let server: ScriptedServer | undefined
let client: LxdClient | undefined
afterEach(async () => {
  client?.close()
  await server?.stop()
  client = undefined
  server = undefined
})

async function opened(answer: NonNullable<Script['answer']>): Promise<LxdClient> {
  server = await startScripted({ answer })
  client = openClient({ socket: server.socket })
  return client
}

async function errorOf(work: Promise<unknown>): Promise<LxdError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(LxdError)
  return error as LxdError
}

const start = (through: LxdClient, options: CallOptions = soon()) => power(through, 'foo', 'start', options)

describe('an answer', () => {
  test('that is no JSON is malformed, and fit to print', async () => {
    const client = await opened((_, response) => response.end('<h1>hello\u001b[31m</h1>'))
    const error = await errorOf(listInstances(client, soon()))
    expect(error.kind).toBe('malformed')
    expect(error.message).toContain('<h1>hello [31m</h1>')
  })

  test.each([
    ['is no envelope', '[]'],
    ['has another shape', sync([{ name: 3 }])],
    ['starts an operation that was not asked for', started(operation('a'))],
    ['has an operation whose id leads elsewhere', started(operation('../../instances/foo'))],
  ])('that %s is malformed', async (_, text) => {
    const client = await opened((_, response) => response.end(text))
    expect((await errorOf(listInstances(client, soon()))).kind).toBe('malformed')
  })

  test('that never ends is cut off', async () => {
    const client = await opened((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(1_000_000, 32)));
        response.once('drain', more)
      }
      more()
    })
    const error = await errorOf(listInstances(client, soon()))
    expect(error).toMatchObject({ kind: 'malformed', message: expect.stringContaining('larger than') })
  })

  test('that does not come ends with the deadline', async () => {
    const client = await opened(() => undefined)
    const error = await errorOf(listInstances(client, { ...soon(), timeout: 100 }))
    expect(error).toMatchObject({ kind: 'timeout', message: expect.stringContaining('did not answer') })
  })

  test('is not waited for by who is cancelled', async () => {
    const client = await opened(() => undefined)
    expect((await errorOf(listInstances(client, { signal: AbortSignal.abort() }))).kind).toBe('cancelled')
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 50)
    expect((await errorOf(listInstances(client, { signal: abort.signal }))).kind).toBe('cancelled')
  })
})

describe('a connection that is lost', () => {
  const hangUp = (response: http.ServerResponse) => response.socket?.destroy()

  test('with a question on it is unreachable, and with a change on it unknown', async () => {
    const client = await opened((_, response) => hangUp(response))
    expect((await errorOf(listInstances(client, soon()))).kind).toBe('unreachable')
    expect(await errorOf(start(client))).toMatchObject({
      kind: 'unknown',
      message: expect.stringContaining('look again'),
    })
  })

  test('while it was idle is opened again', async () => {
    const client = await opened((_, response) => {
      response.end(sync([]))
      // The server has had enough of it just when the next question comes.
      response.once('close', () => setImmediate(() => response.socket?.destroy()))
    })
    const idle = async () => {
      const listed = await listInstances(client, soon())
      await new Promise(resolve => setTimeout(resolve, 20))
      return listed
    }
    expect(await idle()).toEqual([])
    expect(await idle()).toEqual([])
  })

  test('while the server works is opened again, since the work goes on', async () => {
    let lost = 0
    const client = await opened(({ method }, response) => {
      if (method === 'PUT') response.end(started(operation('a')))
      else if (lost++ < 2) hangUp(response)
      else response.end(sync(operation('a', { status_code: 200 })))
    })
    await start(client)
    expect(lost).toBe(3)
  })

  test('for good while the server works leaves the outcome unknown', async () => {
    const client = await opened(({ method }, response) => {
      if (method === 'PUT') response.end(started(operation('a')))
      else hangUp(response)
    })
    expect((await errorOf(start(client))).kind).toBe('unknown')
  })
})

describe('an operation', () => {
  test('that the server has forgotten has an unknown outcome', async () => {
    const client = await opened(({ method }, response) => {
      if (method === 'PUT') return response.end(started(operation('a')))
      response.statusCode = 404
      return response.end(JSON.stringify({ type: 'error', error_code: 404, error: 'Operation not found' }))
    })
    expect((await errorOf(start(client))).kind).toBe('unknown')
  })

  test('that may be cancelled is, when its caller has had enough', async () => {
    const running = operation('a', { may_cancel: true })
    const abort = new AbortController()
    const client = await opened(({ method, url }, response) => {
      if (method === 'PUT') response.end(started(running))
      else if (method === 'DELETE') response.end(sync({}))
      else if (url.includes('/wait')) abort.abort()
    })
    const error = await errorOf(start(client, { signal: abort.signal }))
    expect(error).toMatchObject({
      kind: 'cancelled',
      message: expect.stringContaining('the server ended it'),
    })
    expect(server?.requests.at(-1)).toEqual({ method: 'DELETE', url: '/1.0/operations/a' })
  })

  test('that never ends and never waits is asked now and then, and its words are fit to print', async () => {
    const metadata = { [`${'\u001b]0;owned\u0007'.repeat(1_000)}_progress`]: '5%' }
    const client = await opened(({ method, url }, response) =>
      response.end(
        method === 'GET' && url.includes('/wait')
          ? sync(operation('o1', { metadata }))
          : started(operation('o1')),
      ),
    )
    const progress: Progress[] = []
    const error = await errorOf(
      start(client, {
        signal: new AbortController().signal,
        timeout: 700,
        onProgress: each => progress.push(each),
      }),
    )
    expect(error.kind).toBe('timeout')
    expect(server!.requests.length).toBeLessThan(20)
    expect(progress[0]?.stage).toMatch(/^[\x20-\x7e]{10,60}…$/)
  })

  test('tells its progress to who wants to hear it', async () => {
    const told = ['rootfs: 10% (1MB/s)', 'rootfs: 100% (1MB/s)']
    const client = await opened(({ method }, response) => {
      const line = told.shift()
      const metadata = line === undefined ? null : { download_progress: line }
      const status_code = line === undefined ? 200 : 103
      response.end(
        method === 'PUT' ? started(operation('a')) : sync(operation('a', { metadata, status_code })),
      )
      if (method === 'PUT') told.unshift(line ?? '')
    })
    const progress: Progress[] = []
    await start(client, { ...soon(), onProgress: each => progress.push(each) })
    expect(progress).toEqual([
      { stage: 'download', percent: 10 },
      { stage: 'download', percent: 100 },
    ])
  })

  test('that is refused while another is under way is asked for again', async () => {
    let busy = 2
    const err = 'Failed to create instance start operation: Instance is busy running a "stop" operation'
    const client = await opened(({ method }, response) => {
      if (method === 'PUT') response.end(started(operation('a')))
      else response.end(sync(operation('a', busy-- > 0 ? { status_code: 400, err } : { status_code: 200 })))
    })
    await start(client)
    expect(server?.requests.filter(({ method }) => method === 'PUT')).toHaveLength(3)
  })

  test('stays in its project', async () => {
    server = await startScripted({
      answer: ({ method }, response) =>
        response.end(method === 'PUT' ? started(operation('a')) : sync(operation('a', { status_code: 200 }))),
    })
    client = openClient({ socket: server.socket }, 'closet')
    await start(client)
    expect(server.requests.map(({ url }) => url)).toEqual([
      '/1.0/instances/foo/state?project=closet',
      '/1.0/operations/a/wait?timeout=20&project=closet',
    ])
  })
})

test('a name can not lead elsewhere', () => {
  expect(pathTo('instances', 'a/../b?x=1')).toBe('/1.0/instances/a%2F..%2Fb%3Fx%3D1')
  expect(() => pathTo('instances', '..', 'state')).toThrow(LxdError)
  expect(() => pathTo('instances', '')).toThrow(LxdError)
})

test('words of a server are cut to what a line holds', async () => {
  const client = await opened((_, response) => {
    response.statusCode = 500
    response.end(JSON.stringify({ type: 'error', error_code: 500, error: `no\n${'x'.repeat(10_000)}` }))
  })
  const error = await errorOf(client.read({ doing: 'asking', path: '/1.0' }, z.unknown(), soon()))
  expect(error.kind).toBe('failed')
  expect(error.message).toMatch(/^asking: no x{100,600}…$/)
})
