import { createHmac } from 'node:crypto'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { flow, pretty, webhook } from '../../../src/index.ts'
import { answerHook } from '../../../src/triggers/webhook/answer.ts'
import type { HookSecret } from '../../../src/triggers/webhook/request.ts'
import { serveWebhooks } from '../../../src/triggers/webhook/serve.ts'

const deploy = flow({ input: z.strictObject({ ref: z.string() }), steps: pretty() })
const place = { env: 'HOOK_SECRET' }
const secret = 'a secret of ours'
const word = 'a-word'

const known = (value: string) => ({ read: async () => value })

const now = Date.parse('2030-01-01T00:00:00Z')

async function server() {
  const started: { readonly name: string; readonly input: unknown }[] = []
  const notices: string[] = []
  let full = false
  const served = await serveWebhooks({
    listen: '127.0.0.1:0',
    hooks: [
      { name: 'pushed', webhook: webhook('git/push', deploy, { secret: place }), secret: known(secret) },
      { name: 'rung', webhook: webhook('bell', deploy, { bearer: place }), secret: known(word) },
    ],
    now: () => now,
    async startFlow(_flow, input, { name }) {
      if (full) throw new Error('the disk is full')
      if (!started.some(one => one.name === name)) started.push({ name, input })
    },
    notice: text => void notices.push(text),
  })
  onTestFinished(() => served.close())
  const post = async (path: string, body: string, headers: Record<string, string> = {}, method = 'POST') => {
    const response = await fetch(`http://${served.address}${path}`, {
      method,
      ...(method === 'POST' ? { body } : {}),
      headers,
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return {
    address: served.address,
    started,
    notices,
    post,
    fill: () => {
      full = true
    },
  }
}

function signed(body: string, { id = 'msg_1', at = now, key = secret as string | Buffer } = {}) {
  const timestamp = String(Math.floor(at / 1_000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

const body = JSON.stringify({ ref: 'main' })

describe('a webhook with signatures', () => {
  test('starts its flow once for a delivery, however often it is sent', async () => {
    const { post, started } = await server()
    const first = await post('/hooks/git/push', body, signed(body))
    expect(first.status).toBe(202)
    expect(await post('/hooks/git/push', body, signed(body))).toEqual(first)
    expect(await post('/hooks/git/push', body, signed(body, { at: now + 1_000 }))).toEqual(first)
    expect(started).toEqual([{ name: first.body.execution, input: { ref: 'main' } }])
    expect(first.body.execution).toMatch(/^pushed-[0-9a-f]{24}$/)
    await post('/hooks/git/push', body, signed(body, { id: 'msg_2' }))
    expect(started).toHaveLength(2)
  })

  test('takes the example of Standard Webhooks, whose key is base64', async () => {
    const { doubtSignature } = await import('../../../src/triggers/webhook/prove.ts')
    const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const payload = '{"test": 2432232314}'
    const headers = signed(payload, {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: 1_614_265_330_000,
      key: Buffer.from(key.slice(6), 'base64'),
    })
    // As the specification's own libraries have it in their tests.
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
    const sent = Buffer.from(payload)
    expect(doubtSignature(headers, sent, key, 1_614_265_330_000)).toBeUndefined()
    const several = { ...headers, 'webhook-signature': `v1,AAAA v2,x ${headers['webhook-signature']}` }
    expect(doubtSignature(several, sent, key, 1_614_265_330_000)).toBeUndefined()
  })

  test.each<[string, string, Record<string, string>]>([
    ['no signature', body, {}],
    ['another body', `${body} `, signed(body)],
    ['another id', body, { ...signed(body), 'webhook-id': 'msg_2' }],
    ['another time', body, { ...signed(body), 'webhook-timestamp': String(now / 1_000 + 1) }],
    ['another key', body, signed(body, { key: 'another' })],
    ['an old request', body, signed(body, { at: now - 301_000 })],
    ['one of the future', body, signed(body, { at: now + 301_000 })],
    ['a time that is none', body, { ...signed(body), 'webhook-timestamp': '1e9' }],
    ['an empty signature', body, { ...signed(body), 'webhook-signature': 'v1,' }],
    ['a signature of another kind', body, { ...signed(body), 'webhook-signature': 'v1a,AAAA' }],
  ])('does not believe %s', async (_what, sent, headers) => {
    const { post, started, notices } = await server()
    const answer = await post('/hooks/git/push', sent, headers)
    expect(answer).toEqual({ status: 401, body: { error: 'not proved' } })
    expect(started).toEqual([])
    for (let index = 0; index < 5; index++) await post('/hooks/git/push', sent, headers)
    // Whoever sends a thousand of them fills no log.
    expect(notices).toEqual([expect.stringMatching(/^webhook git\/push: 1 requests were not believed/)])
  })
})

describe('a webhook with a word', () => {
  const bearer = { authorization: `Bearer ${word}` }

  test('starts its flow, once for each delivery that has an id', async () => {
    const { post, started } = await server()
    const named = { ...bearer, 'webhook-id': 'one' }
    expect((await post('/hooks/bell', body, named)).status).toBe(202)
    expect((await post('/hooks/bell', body, named)).status).toBe(202)
    expect(started).toHaveLength(1)
    await post('/hooks/bell', body, bearer)
    await post('/hooks/bell', body, bearer)
    expect(started).toHaveLength(3)
  })

  test.each([undefined, 'Bearer wrong', `Bearer ${word}x`, `Basic ${word}`, 'Bearer'])(
    'does not believe %s',
    async authorization => {
      const { post, started } = await server()
      const answer = await post('/hooks/bell', body, authorization === undefined ? {} : { authorization })
      expect(answer.status).toBe(401)
      expect(started).toEqual([])
    },
  )
})

describe('what else is sent', () => {
  const bearer = { authorization: `Bearer ${word}` }

  test.each([
    ['an input that does not fit', JSON.stringify({ ref: 7 }), 422],
    ['no JSON', 'ref=main', 400],
    ['no text', Buffer.from([0xff, 0xfe]).toString('latin1'), 400],
    ['too much', JSON.stringify({ ref: 'x'.repeat(300_000) }), 413],
  ])('%s is refused', async (_what, sent, status) => {
    const { post, started } = await server()
    expect((await post('/hooks/bell', sent, bearer)).status).toBe(status)
    expect(started).toEqual([])
  })

  test('to where there is no webhook, or not by POST, is refused', async () => {
    const { post } = await server()
    expect((await post('/hooks/other', body, bearer)).status).toBe(404)
    expect((await post('/', body, bearer)).status).toBe(404)
    expect((await post('/hooks/bell', body, bearer, 'GET')).status).toBe(405)
  })

  test('while nothing can be started is to be sent again', async () => {
    const { post, fill, notices } = await server()
    fill()
    expect((await post('/hooks/bell', body, bearer)).status).toBe(503)
    expect(notices).toEqual([expect.stringContaining('the disk is full')])
  })

  test('as no HTTP, or without a length and without an end, leaves the others alone', async () => {
    const { post, address, started } = await server()
    const [host, port] = address.split(':')
    const socket = connect(Number(port), host)
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => {})
    const gone = new Promise(resolve => socket.on('close', resolve))
    socket.write('\x16\x03\x01 nonsense\r\n\r\n')
    await gone
    const endless = connect(Number(port), host)
    endless.on('error', () => {})
    onTestFinished(() => void endless.destroy())
    const answered = new Promise<string>(resolve => endless.once('data', chunk => resolve(String(chunk))))
    endless.write(
      `POST /hooks/bell HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${word}\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    for (let index = 0; index < 30; index++) endless.write(`2710\r\n${'x'.repeat(10_000)}\r\n`)
    expect(await answered).toMatch(/^HTTP\/1.1 413 /)
    expect((await post('/hooks/bell', body, bearer)).status).toBe(202)
    expect(started).toHaveLength(1)
  })
})

describe('a secret', () => {
  const hook = (secret: HookSecret) => ({
    name: 'pushed',
    webhook: webhook('git/push', deploy, { secret: place }),
    secret,
  })
  const answered = async (secret: HookSecret, key: string) => {
    const doubts: string[] = []
    const headers = signed(body, { key })
    const { status } = await answerHook(
      { method: 'POST', headers, body: async () => Buffer.from(body) },
      hook(secret),
      {
        now: () => now,
        startFlow: async () => {},
        notice: () => {},
        doubted: (_path, doubt) => void doubts.push(doubt),
      },
    )
    return { status, doubts }
  }

  test('that was changed in the meantime is tried where the old one does not fit', async () => {
    const asked: string[] = []
    const changing = {
      read: async () => 'old',
      changed: async (than: string) => {
        asked.push(than)
        return 'new'
      },
    }
    expect(await answered(changing, 'old')).toEqual({ status: 202, doubts: [] })
    expect(asked).toEqual([])
    expect(await answered(changing, 'new')).toEqual({ status: 202, doubts: [] })
    expect(await answered(changing, 'another')).toEqual({ status: 401, doubts: ['forged'] })
    expect(asked).toEqual(['old', 'old'])
  })

  test('that can not be read is no reason to believe or to refuse', async () => {
    const unread = { read: () => Promise.reject(new Error('no parameter')) }
    expect(await answered(unread, 'old')).toEqual({ status: 503, doubts: [] })
  })

  test.each(['', 'whsec_', 'whsec_!'])('of no bytes, %j, is believed from nobody', async empty => {
    expect(await answered(known(empty), '')).toEqual({ status: 401, doubts: ['forged'] })
  })
})

describe('a declaration', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['without a path', () => webhook('', deploy, { secret: place }), /a path is words/],
    ['that leads out', () => webhook('../up', deploy, { secret: place }), /a path is words/],
    ['without a flow', () => webhook('up', pretty() as never, { secret: place }), /it starts a flow/],
    [
      'with the secret itself',
      () => webhook('up', deploy, { secret: 'x' } as never),
      /where that is read from/,
    ],
    ['without a proof', () => webhook('up', deploy, {} as never), /it takes \{ secret \} or \{ bearer \}/],
  ])('%s is refused', (_what, declare, message) => {
    expect(declare).toThrow(
      expect.objectContaining({ name: 'InvalidWebhook', message: expect.stringMatching(message) }),
    )
  })
})
