import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Health, serveMetrics } from '../../../src/run/metrics/serve.ts'

async function serve(health: Health = { ok: true, troubles: [] }, expose = () => 'up 1\n') {
  const server = await serveMetrics({ listen: '127.0.0.1:0', expose, health: () => health })
  onTestFinished(() => server.close())
  return server
}

interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

function ask(address: string, path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  const port = Number(address.split(':').at(-1))
  return new Promise<{ status: number; type: string | undefined; text: string }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, response => {
      let text = ''
      response.on('data', chunk => {
        text += String(chunk)
      })
      const { statusCode = 0 } = response
      response.on('end', () => resolve({ status: statusCode, type: response.headers['content-type'], text }))
    })
    asked.on('error', reject).end(body)
  })
}

test('metrics are served as Prometheus asks for them', async () => {
  const { address } = await serve()
  expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(await ask(address, '/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    text: 'up 1\n',
  })
  expect(await ask(address, '/metrics', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
})

test('health is 200 or 503, with what is the matter', async () => {
  expect(await ask((await serve()).address, '/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
  const ill = await serve({ ok: false, troubles: ['the audit log can not be written'] })
  expect(await ask(ill.address, '/healthz')).toMatchObject({
    status: 503,
    text: 'trouble\nthe audit log can not be written\n',
  })
})

test.each([
  ['127.0.0.1', 200],
  ['127.0.0.1:5763', 200],
  ['localhost:5763', 200],
  ['[::1]:5763', 200],
  ['evil.example', 403],
  ['evil.example:5763', 403],
  ['127.0.0.1.evil.example', 403],
  ['localhost.evil.example', 403],
])('who asks for %j gets %i', async (host, status) => {
  const { address } = await serve()
  expect(await ask(address, '/metrics', { headers: { host } })).toMatchObject({ status })
})

test('nothing else is served', async () => {
  const { address } = await serve()
  expect(await ask(address, '/')).toMatchObject({ status: 404 })
  expect(await ask(address, '/metrics/../etc')).toMatchObject({ status: 404 })
  expect(await ask(address, '/metrics', { method: 'POST' })).toMatchObject({ status: 405 })
  expect(await ask(address, '/metrics', { headers: { 'content-length': '3' }, body: 'abc' })).toMatchObject({
    status: 413,
  })
})

test('a metric that throws is a 500 without its words', async () => {
  const { address } = await serve(undefined, () => {
    throw new Error('a secret')
  })
  expect(await ask(address, '/metrics')).toMatchObject({
    status: 500,
    text: expect.not.stringContaining('secret'),
  })
})

test('garbage and connections that say nothing hurt nobody, and closing ends them', async () => {
  const server = await serve()
  const port = Number(server.address.split(':').at(-1))
  const sockets = Array.from({ length: 5 }, () => connect({ port, host: '127.0.0.1' }))
  for (const socket of sockets) socket.on('error', () => {})
  const silent = sockets[0]!
  const garbage = new Promise(resolve => sockets[1]!.on('close', resolve))
  sockets[1]!.write('\u0000\u0001garbage\r\n\r\n')
  await garbage
  expect(await ask(server.address, '/healthz')).toMatchObject({ status: 200 })
  const ended = new Promise(resolve => silent.on('close', resolve))
  await server.close()
  await ended
})

test('an address that is none, or is taken, is refused', async () => {
  const options = { expose: () => '', health: () => ({ ok: true, troubles: [] }) }
  await expect(serveMetrics({ listen: 'somewhere', ...options })).rejects.toThrow('no address and port')
  const { address } = await serve()
  await expect(serveMetrics({ listen: address, ...options })).rejects.toThrow('EADDRINUSE')
})
