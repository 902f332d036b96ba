import { setTimeout as wait } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { closetOf, connect, open } from './lab.ts'

const mebibyte = 1024 * 1024

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

test('two hundred megabytes come through whole, and memory stays within a bound', async () => {
  const client = await connect(await closetOf({ name: 'foo' }), 'foo')
  const channel = await open(client, `head -c ${200 * mebibyte} /dev/zero`)
  const before = held()
  let bytes = 0
  let most = 0
  let looks = 0
  for await (const chunk of channel) {
    bytes += chunk.length
    if (bytes > 20 * mebibyte * looks) {
      looks++
      most = Math.max(most, held() - before)
    }
  }
  expect(looks).toBeGreaterThan(8)
  expect(bytes).toBe(200 * mebibyte)
  expect(most).toBeLessThan(100 * mebibyte)
})

test('a client that does not read holds the command up and fills no memory', async () => {
  const client = await connect(await closetOf({ name: 'foo' }), 'foo')
  const channel = await open(client, `head -c ${50 * mebibyte} /dev/zero; echo over >&2`)
  channel.pause()
  const before = held()
  let over = false
  channel.stderr.on('data', () => {
    over = true
  })
  await wait(300)
  expect(over).toBe(false)
  expect(held() - before).toBeLessThan(20 * mebibyte)
  let bytes = 0
  channel.on('data', (chunk: Buffer) => {
    bytes += chunk.length
  })
  channel.resume()
  await new Promise(resolve => channel.once('close', resolve))
  expect([bytes, over]).toEqual([50 * mebibyte, true])
})

test('both streams arrive complete and in order, though the client makes each wait for its window in turn', async () => {
  const client = await connect(await closetOf({ name: 'foo' }), 'foo')
  const count = 800_000
  const channel = await open(client, `seq ${count}; seq ${count} >&2; seq ${count} & seq ${count} >&2; wait`)
  const text = { stdout: '', stderr: '' }
  await wait(150)
  channel.on('data', (chunk: Buffer) => {
    text.stdout += chunk
  })
  await wait(300)
  channel.stderr.on('data', (chunk: Buffer) => {
    text.stderr += chunk
  })
  await new Promise(resolve => channel.once('close', resolve))
  const twice = Array.from({ length: count }, (_, index) => `${index + 1}\n`)
    .join('')
    .repeat(2)
  expect([text.stdout.length, text.stderr.length]).toEqual([twice.length, twice.length])
  expect(text.stdout === twice && text.stderr === twice).toBe(true)
})

/** Bytes that are still referred to. */
function held(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
