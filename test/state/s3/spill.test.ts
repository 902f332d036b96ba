import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { sdkConfig } from '../../../src/core/aws.ts'
import { openS3Spill, type S3SpillOptions } from '../../../src/state/s3/index.ts'
import { type FakeS3, fakeS3 } from '../../fakes/aws/s3.ts'
import { type Aws, awsEnvironment, startAws, WireError } from '../../fakes/aws/wire.ts'
import { hurrySdk } from '../../support/hurry-sdk.ts'
import { spillStoreConformance } from '../spill-store.ts'

await hurrySdk(new S3Client(sdkConfig({ region: 'eu-central-1' })))

let s3: FakeS3
let aws: Aws
const opened: { close(): Promise<void> }[] = []
let count = 0
const open = (options: Partial<S3SpillOptions> = {}) => {
  const store = openS3Spill({ bucket: 'data', prefix: `p${count++}`, endpoint: aws.endpoint, ...options })
  opened.push(store)
  return store
}
const sha = (json: string) => createHash('sha256').update(json).digest('hex')
/** Writes and looks that went over the wire since `from`. */
const since = (from: number) =>
  aws
    .callsOf('s3')
    .slice(from)
    .map(call => call.split(' ')[0])

beforeAll(async () => {
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  s3 = fakeS3(['data'])
  aws = await startAws(s3)
})
afterAll(async () => {
  for (const store of opened) await store.close()
  await aws.end()
  vi.unstubAllEnvs()
})

spillStoreConformance('S3', async () => open())

describe('S3', () => {
  test('writes the same data once, and looks how old it is', async () => {
    const store = open({ prefix: 'once' })
    const from = aws.callsOf('s3').length
    const key = await store.put('"once"')
    const { modified } = s3.buckets.get('data')!.get(`once/${key}`)!
    await store.put('"once"')
    expect(since(from)).toEqual(['PUT', 'PUT', 'HEAD'])
    expect(s3.buckets.get('data')!.get(`once/${key}`)!.modified).toBe(modified)
  })

  test('writes data anew that its lifecycle would soon remove', async () => {
    const store = open({ prefix: 'old' })
    const key = await store.put('"old"')
    const object = s3.buckets.get('data')!.get(`old/${key}`)!
    object.modified = new Date(Date.now() - 30 * 86_400_000)
    await store.put('"old"')
    const { modified } = s3.buckets.get('data')!.get(`old/${key}`)!
    expect(modified.getTime()).toBeGreaterThan(object.modified.getTime())
  })

  test('tries again when two write at once, when it is told to slow down, and when a line breaks', async () => {
    const store = open()
    const conflict = new WireError('ConditionalRequestConflict', 'at once', 409)
    aws.next('s3 PUT', conflict, conflict)
    expect(await store.get(await store.put('"a"'))).toBe('"a"')
    aws.next('s3 PUT', 'throttle', 500)
    expect(await store.get(await store.put('"b"'))).toBe('"b"')
    aws.next('s3 PUT', 'do it, then hang up')
    expect(await store.get(await store.put('"c"'))).toBe('"c"')
  })

  test('answers nothing that is not what was kept', async () => {
    const store = open({ prefix: 'damaged' })
    const key = await store.put('"true"')
    s3.store('data', `damaged/${key}`, Buffer.from('"forged"'))
    await expect(store.get(key)).rejects.toMatchObject({ name: 'SpilledDataDamaged' })
  })

  test('does not wait without an end for data that stops coming', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('"a')
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const silent = open({ endpoint: `http://127.0.0.1:${port}`, silence: 100 })
      await expect(silent.get(sha('1'))).rejects.toMatchObject({ name: 'SpillUnavailable', retryable: true })
    } finally {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  })

  test('is asked by whoever says a region, and has credentials that are good still', async () => {
    aws.next('s3 PUT', new WireError('ExpiredToken', 'The provided token has expired.', 400))
    await expect(open().put('1')).rejects.toMatchObject({
      retryable: false,
      message: expect.stringContaining('aws sso login'),
    })
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent')
    try {
      await expect(open().put('1')).rejects.toMatchObject({
        retryable: false,
        message: expect.stringContaining('set aws.region'),
      })
    } finally {
      vi.stubEnv('AWS_REGION', awsEnvironment.AWS_REGION)
      vi.stubEnv('AWS_CONFIG_FILE', undefined)
    }
  })

  test('says what to do about a bucket that can not be used', async () => {
    const unusable = { name: 'SpillUnavailable', slug: 'spill-unavailable' }
    await expect(open({ bucket: 'absent' }).put('1')).rejects.toMatchObject({
      ...unusable,
      retryable: false,
      message: expect.stringContaining('deploy the stack'),
    })
    aws.next('s3 PUT', new WireError('AccessDenied', 'Access Denied', 403))
    await expect(open().put('1')).rejects.toMatchObject({
      ...unusable,
      retryable: false,
      message: expect.stringContaining('s3:PutObject'),
    })
    aws.next('s3 GET', new WireError('AccessDenied', 'Access Denied', 403))
    await expect(open().get(sha('1'))).rejects.toMatchObject(unusable)
    aws.next('s3 PUT', new WireError('InvalidRequest', 'odd', 400))
    await expect(open().put('1')).rejects.toMatchObject({ ...unusable, retryable: false })
    const nowhere = open({ endpoint: 'http://127.0.0.1:1' })
    await expect(nowhere.get(sha('1'))).rejects.toMatchObject({ ...unusable, retryable: true })
  })
})
