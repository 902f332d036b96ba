import { expect, test } from 'vitest'
import {
  openInflow,
  openOutflow,
  openSource,
  pieceBytes,
  windowBytes,
} from '../../../src/transports/zeromq/byte-flow.ts'
import fc from '../../support/fast-check.ts'

const turn = () => new Promise(resolve => setImmediate(resolve))

test('a writer waits for the far end once a window is under way', async () => {
  const sent: number[] = []
  const out = openOutflow(offset => sent.push(offset))
  let done = false
  const work = out.write(new Uint8Array(windowBytes + 1)).then(() => {
    done = true
  })
  await turn()
  expect([sent.length, done]).toEqual([windowBytes / pieceBytes, false])
  expect(out.acknowledge(pieceBytes)).toBe(true)
  await work
  expect(sent.at(-1)).toBe(windowBytes)
  expect(out.acknowledge(windowBytes + 2)).toBe(false)
})

test('whoever writes to what was abandoned is told why', async () => {
  const out = openOutflow(() => {})
  const work = out.write(new Uint8Array(windowBytes * 2))
  await turn()
  out.abandon(new Error('nobody there'))
  await expect(work).rejects.toThrow('nobody there')
  await expect(out.write(new Uint8Array(1))).rejects.toThrow('nobody there')
})

test('a reader takes one piece at a time, and a slow one stops the writer', async () => {
  const seen: number[] = []
  const holds: (() => void)[] = []
  const acknowledged: number[] = []
  const inflow = openInflow(
    bytes => {
      seen.push(bytes.length)
      return new Promise(resolve => holds.push(resolve))
    },
    offset => acknowledged.push(offset),
  )
  for (let at = 0; at < 5; at++)
    expect(inflow.push(at * pieceBytes, new Uint8Array(pieceBytes), false)).toBe(true)
  expect(inflow.push(5 * pieceBytes, new Uint8Array(pieceBytes), false)).toBe(false)
  await turn()
  expect([seen.length, acknowledged]).toEqual([1, []])
  holds[0]!()
  await turn()
  expect([seen.length, acknowledged]).toEqual([2, [pieceBytes]])
})

test('gaps, and anything behind the end, break the rules; repetitions do not', async () => {
  let ends = 0
  const inflow = openInflow(
    () => {},
    () => {},
    () => ends++,
  )
  expect(inflow.push(1, new Uint8Array(1), false)).toBe(false)
  expect(inflow.push(0, new Uint8Array(4), false)).toBe(true)
  expect(inflow.push(2, new Uint8Array(4), true)).toBe(true)
  expect(inflow.push(6, new Uint8Array(0), true)).toBe(true)
  expect(inflow.push(6, new Uint8Array(1), false)).toBe(false)
  await inflow.settled()
  expect(ends).toBe(1)
})

test('what taking throws comes out where it is waited for', async () => {
  const inflow = openInflow(
    () => Promise.reject(new Error('no room')),
    () => {},
  )
  inflow.push(0, new Uint8Array(1), false)
  await expect(inflow.settled()).rejects.toThrow('no room')
})

test('a source ends, or throws what it was failed with, and lets go of who pushes', async () => {
  const source = openSource()
  const taken = source.take(Buffer.from('a'))
  const read = async () => {
    const all: string[] = []
    for await (const bytes of source.bytes) all.push(Buffer.from(bytes).toString())
    return all
  }
  const work = read()
  await taken
  source.end()
  expect(await work).toEqual(['a'])
  const failing = openSource()
  const held = failing.take(Buffer.from('a'))
  failing.fail(new Error('over'))
  await held
  await failing.take(Buffer.from('b'))
  await expect(failing.bytes[Symbol.asyncIterator]().next()).rejects.toThrow('over')
})

test('over sessions that break anywhere, every byte arrives once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 30 }),
      fc.infiniteStream(fc.nat(9)),
      async (chunks, luck) => {
        const got: Uint8Array[] = []
        let ended = false
        let live = true
        const draw = () => luck.next().value as number
        const inflow = openInflow(
          bytes => void got.push(bytes),
          // A word that gets lost with its session.
          offset => live && out.acknowledge(offset),
          () => {
            ended = true
          },
        )
        const out = openOutflow((offset, bytes, end) => {
          if (live) expect(inflow.push(offset, Uint8Array.from(bytes), end)).toBe(true)
        })
        const writing = (async () => {
          for (const chunk of chunks) {
            if (draw() === 0) live = false
            await out.write(chunk)
            if (!live && draw() < 5) {
              live = true
              out.resend()
            }
          }
          out.end()
        })()
        await writing
        live = true
        out.resend()
        await inflow.settled()
        expect(Buffer.concat(got).equals(Buffer.concat(chunks))).toBe(true)
        expect(ended).toBe(true)
      },
    ),
    { numRuns: 200 },
  )
})
