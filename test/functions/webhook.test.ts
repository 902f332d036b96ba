import { createHmac, randomUUID } from 'node:crypto'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { fakeParameters } from '../fakes/aws/parameters.ts'
import { type StatesFake, statesService } from '../fakes/aws/states.ts'
import { type Aws, startAws, type WireCall, WireError } from '../fakes/aws/wire.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import { openFunction, type RunningFunction } from '../support/lambda/function.ts'
import * as exported from './hooks/flows.ts'
import { environmentOf } from './lab.ts'

const file = path.join(import.meta.dirname, 'hooks/flows.ts')
const secret = 'a secret of ours'
const word = 'a-word'
const body = JSON.stringify({ ref: 'main' })

let bundles: Bundles
let states: StatesFake
let aws: Aws
let folder: string
let hooks: RunningFunction
let put: (name: string, value: string) => void

beforeAll(async () => {
  const machine = compile(flowsIn(exported).get('deployed')!, 'deployed').machine
  states = statesService({ machines: { 're-ops-deployed': machine } })
  const parameters = fakeParameters()
  put = (Name, Value) => {
    const json = { Name, Value, Type: 'SecureString', Overwrite: true }
    parameters.handle({ action: 'PutParameter', json } as WireCall)
  }
  put('/re-ops/hooks/git', secret)
  put('/re-ops/hooks/bell', word)
  aws = await startAws(states, {
    name: 'ssm',
    protocol: 'json',
    handle: call => parameters.handle(call) ?? {},
  })
  bundles = await openBundles(file)
  folder = (await bundles.of('webhook')).folder
  hooks = open()
}, 30_000)
afterAll(async () => {
  await hooks?.end()
  await states?.stop()
  await aws?.end()
  await bundles?.remove()
})
beforeEach(() => aws.calm())

function open(environment: Readonly<Record<string, string>> = {}): RunningFunction {
  return openFunction({
    folder,
    environment: {
      ...environmentOf(aws),
      REOPS_MACHINES: states.arnOf('re-ops-'),
      REOPS_RUNS: 'daemon',
      ...environment,
    },
  })
}

/** A process of its own, which knows no secret yet. */
async function fresh(use: (hook: RunningFunction) => Promise<void>, environment?: Record<string, string>) {
  const one = open(environment)
  try {
    await use(one)
  } finally {
    await one.end()
  }
}

interface Sent {
  readonly method?: string
  readonly base64?: boolean
}

/** As a function URL hands over a request (payload format 2.0). */
function event(
  rawPath: string,
  text: string,
  headers: Record<string, string>,
  { method = 'POST', base64 = false }: Sent,
) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString: 'a=b',
    headers: { 'content-type': 'application/json', host: 'x.lambda-url.eu-central-1.on.aws', ...headers },
    requestContext: {
      accountId: 'anonymous',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
    },
    ...(text === '' ? {} : { body: base64 ? Buffer.from(text).toString('base64') : text }),
    isBase64Encoded: base64,
  }
}

async function post(
  hook: string,
  text: string,
  headers: Record<string, string>,
  sent: Sent = {},
  to: RunningFunction = hooks,
): Promise<{ status: number; body: any; headers: Record<string, string> }> {
  const { payload, error } = await to.invoke(event(hook, text, headers, sent))
  expect(error).toBeUndefined()
  const answer = payload as { statusCode: number; body: string; headers: Record<string, string> }
  return { status: answer.statusCode, body: JSON.parse(answer.body), headers: answer.headers }
}

function signed(text: string, { id = `msg_${randomUUID()}`, key = secret, at = Date.now() } = {}) {
  const timestamp = String(Math.floor(at / 1_000))
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}

const bearer = { authorization: `Bearer ${word}` }
const push = '/hooks/git/push'
const starts = () => aws.calls.filter(({ action }) => action === 'StartExecution')

/** What AWS was asked while something was done. */
async function asked(during: () => Promise<unknown>): Promise<readonly string[]> {
  const before = aws.calls.length
  await during()
  return aws.calls.slice(before).map(({ service, action }) => `${service} ${action}`)
}

describe('a delivery', () => {
  test('that is signed starts its flow, once however often it is sent', async () => {
    const before = starts().length
    const headers = signed(body)
    const first = await post(push, body, headers)
    expect(first).toMatchObject({
      status: 202,
      body: { execution: expect.stringMatching(/^pushed-[0-9a-f]{24}$/) },
    })
    expect(first.headers).toEqual({ 'content-type': 'application/json', 'cache-control': 'no-store' })
    expect(await post(push, body, headers)).toEqual(first)
    // The same delivery signed a moment later, and by another process.
    const again = signed(body, { id: headers['webhook-id'], at: Date.now() + 1_000 })
    await fresh(async other => expect(await post(push, body, again, {}, other)).toEqual(first))
    const [one, ...more] = starts().slice(before)
    expect(one?.json).toEqual({
      stateMachineArn: states.arnOf('re-ops-deployed'),
      name: first.body.execution,
      input: body,
    })
    expect(new Set(more.map(({ json }) => json.name))).toEqual(new Set([first.body.execution]))
    expect([...states.executions.keys()].filter(name => name === first.body.execution)).toHaveLength(1)
  })

  test('whose body Lambda wrote in base64, or that has none, is read as it was sent', async () => {
    const umlaut = JSON.stringify({ ref: 'größe' })
    expect((await post(push, umlaut, signed(umlaut), { base64: true })).status).toBe(202)
    expect(JSON.parse(starts().at(-1)!.json.input)).toEqual({ ref: 'größe' })
    expect((await post(push, '', signed(''))).status).toBe(202)
    expect(JSON.parse(starts().at(-1)!.json.input)).toEqual({ ref: 'main' })
  })

  test('with a word starts its flow, and once where it has an id', async () => {
    const named = { ...bearer, 'webhook-id': randomUUID() }
    const { body: first } = await post('/hooks/bell', body, named)
    expect((await post('/hooks/bell', body, named)).body).toEqual(first)
    expect((await post('/hooks/bell', body, bearer)).body).not.toEqual(first)
  })

  test('has its secret read once, decrypted, and not for every request', async () => {
    await fresh(async one => {
      const calls = await asked(async () => {
        await post(push, body, signed(body), {}, one)
        await post(push, body, signed(body), {}, one)
      })
      expect(calls).toEqual(['ssm GetParameter', 'states StartExecution', 'states StartExecution'])
    })
    const read = aws.calls.findLast(({ service }) => service === 'ssm')
    expect(read?.json).toEqual({ Name: '/re-ops/hooks/git', WithDecryption: true })
  })
})

describe('a request that is not believed', () => {
  test('for what is plain to see is refused without a call of AWS', async () => {
    await fresh(async one => {
      const calls = await asked(async () => {
        for (const [hook, headers] of [
          [push, {}],
          [push, signed(body, { at: Date.now() - 301_000 })],
          [push, signed(body, { at: Date.now() + 400_000 })],
          [push, { ...signed(body), 'webhook-timestamp': 'now' }],
          ['/hooks/bell', {}],
          ['/hooks/bell', { authorization: 'Bearer' }],
          ['/hooks/bell', { authorization: `Basic ${word}` }],
        ] as const)
          expect(await post(hook, body, headers, {}, one)).toMatchObject({
            status: 401,
            body: { error: 'not proved' },
          })
      })
      expect(calls).toEqual([])
    })
  })

  test.each<[string, string, string, Record<string, string>]>([
    ['by another key', push, body, signed(body, { key: 'another' })],
    ['of another body', push, `${body} `, signed(body)],
    ['under another id', push, body, { ...signed(body), 'webhook-id': 'msg_other' }],
    ['by another word', '/hooks/bell', body, { authorization: `Bearer ${word}x` }],
    ['by the word of another webhook', '/hooks/bell', body, { authorization: `Bearer ${secret}` }],
  ])(
    '%s is refused in the same words, and has nothing read again and again',
    async (_what, hook, text, headers) => {
      const before = starts().length
      await post(push, body, { ...signed(body), 'webhook-id': 'warm' })
      await post('/hooks/bell', body, { authorization: 'Bearer warm' })
      const calls = await asked(async () => {
        for (let index = 0; index < 5; index++) {
          const { status, body: said } = await post(hook, text, headers)
          expect({ status, said }).toEqual({ status: 401, said: { error: 'not proved' } })
        }
      })
      // A secret that was read some seconds ago may be looked at once more.
      expect(calls.length).toBeLessThanOrEqual(1)
      expect(starts().length).toBe(before)
    },
  )
})

describe('what else is sent', () => {
  const large = JSON.stringify({ ref: 'x'.repeat(300_000) })

  test.each<[string, string, string, Record<string, string>, Sent, number]>([
    ['too much', push, large, signed(large), {}, 413],
    ['too much in base64', push, large, signed(large), { base64: true }, 413],
    ['no JSON', push, 'ref=main', signed('ref=main'), {}, 400],
    ['an input that the flow does not take', '/hooks/bell', '{"ref":7}', bearer, {}, 422],
    ['a GET', push, '', signed(''), { method: 'GET' }, 405],
    ['to no webhook', '/hooks/git', body, signed(body), {}, 404],
    ['to a webhook of the daemon', '/hooks/home', body, signed(body), {}, 404],
    ['to the root', '/', body, bearer, {}, 404],
    ['to another spelling', '/hooks/git/../git/push', body, signed(body), {}, 404],
    ['to a name that all objects have', '/hooks/__proto__', body, bearer, {}, 404],
  ])('%s is refused', async (_what, hook, text, headers, sent, status) => {
    const calls = await asked(async () => {
      const answer = await post(hook, text, headers, sent)
      expect(answer.status).toBe(status)
      if (status === 405) expect(answer.headers.allow).toBe('POST')
    })
    expect(calls.filter(call => call === 'states StartExecution')).toEqual([])
    if (status === 404 || status === 405) expect(calls).toEqual([])
  })

  test.each([null, 'x', [], {}, { rawPath: 7 }, { rawPath: push, headers: {}, requestContext: {} }])(
    'no request at all, such as %j, is answered too',
    async nonsense => {
      const { payload, error } = await hooks.invoke(nonsense)
      expect(error).toBeUndefined()
      expect(payload).toMatchObject({ statusCode: 400 })
    },
  )
})

describe('when AWS is not itself', () => {
  test('what can not be started is to be sent again, and is started then', async () => {
    const headers = signed(body)
    aws.next('states StartExecution', ...Array(3).fill('throttle'))
    expect((await post(push, body, headers)).status).toBe(503)
    aws.next('states StartExecution', new WireError('AccessDeniedException', `not for ${body}`))
    expect((await post(push, body, headers)).status).toBe(503)
    // It was started, and that was not heard: the same request is not started again.
    aws.next('states StartExecution', 'do it, then hang up')
    const { status, body: said } = await post(push, body, headers)
    expect(status).toBe(202)
    expect([...states.executions.keys()].filter(name => name === said.execution)).toHaveLength(1)
  })

  test('a secret that is not there, or can not be read, is told to nobody, and not asked for by every request', async () => {
    await fresh(async one => {
      const early = '/hooks/early'
      const calls = await asked(async () => {
        for (const key of [secret, 'another', ''])
          expect(await post(early, body, signed(body, { key }), {}, one)).toMatchObject({ status: 503 })
      })
      expect(calls).toEqual(['ssm GetParameter'])
      aws.next('ssm GetParameter', new WireError('AccessDeniedException', ''))
      expect((await post(push, body, signed(body), {}, one)).status).toBe(503)
      expect(JSON.stringify(one.logs)).toContain('/re-ops/hooks/early')
      expect(JSON.stringify(one.logs)).toContain('ParameterNotFound')
    })
  })

  test('a secret that was changed is known to whoever reads it then', async () => {
    put('/re-ops/hooks/git', 'a newer one')
    try {
      await fresh(async one => {
        expect((await post(push, body, signed(body, { key: 'a newer one' }), {}, one)).status).toBe(202)
        expect((await post(push, body, signed(body), {}, one)).status).toBe(401)
      })
    } finally {
      put('/re-ops/hooks/git', secret)
    }
  })

  test('an AWS that never answers is waited for within the time of the function', async () => {
    aws.next('states StartExecution', ...Array(3).fill('never answer'))
    aws.next('ssm GetParameter', ...Array(6).fill('never answer'))
    await fresh(async one => {
      const both = [post(push, body, signed(body)), post(push, body, signed(body), {}, one)]
      expect((await Promise.all(both)).map(({ status }) => status)).toEqual([503, 503])
    })
  }, 15_000)

  test('a function that was deployed by halves says so in its log, and not to senders', async () => {
    await fresh(
      async one => {
        const { status, body: said } = await post(push, body, signed(body), {}, one)
        expect({ status, said }).toEqual({ status: 500, said: { error: 'it failed' } })
        expect(JSON.stringify(one.logs)).toContain('deploy it again')
      },
      { REOPS_RUNS: 'nowhere' },
    )
  })
})

test('the log has what was started, few words of what was not, and neither secrets nor inputs', () => {
  const text = JSON.stringify(hooks.logs)
  expect(text).toContain('"started"')
  expect(text.match(/were not believed/g)?.length).toBe(1)
  for (const hidden of [secret, word, 'größe', 'ref']) expect(text).not.toContain(hidden)
})
