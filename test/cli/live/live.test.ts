import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openLiveLine } from '../../../src/cli/live/live-line.ts'
import { renderLive } from '../../../src/cli/live/render.ts'
import { Tally } from '../../../src/cli/live/tally.ts'
import { displayWidth } from '../../../src/operations/output/format/width.ts'

function working(...hosts: string[]): Tally {
  const tally = new Tally()
  tally.add({ kind: 'hosts', step: 'ls /', hosts }, 0)
  for (const [index, host] of hosts.entries()) tally.add({ kind: 'host-started', step: 'ls /', host }, index)
  return tally
}

const ended = (host: string, code?: 'auth') =>
  ({ kind: 'host-ended', step: 'ls /', host, ms: 1, code }) as const

describe('the live line', () => {
  test('says how many of how many, for how long, and who is slow, the slowest first', () => {
    const tally = working('a', 'b', 'c')
    tally.add(ended('b'), 500)
    expect(renderLive(tally.steps, 1_250, 80)).toEqual(['1/3  ls /  1.2 s  waiting for a, c'])
  })

  test('counts failures and names only a few of many', () => {
    const tally = working('a', 'b', 'c', 'd', 'e', 'f')
    tally.add(ended('a', 'auth'), 500)
    expect(renderLive(tally.steps, 900, 80)).toEqual([
      '1/6  ls /  900 ms  1 failed  waiting for b, c, d and 2 more',
    ])
  })

  test('adds up transfers', () => {
    const tally = working('a', 'b')
    for (const [host, bytes] of [
      ['a', 1_000_000],
      ['b', 500_000],
      ['a', 2_000_000],
    ] as const) {
      tally.add({ kind: 'transfer', step: 'ls /', host, file: 'x', bytes, total: 4_000_000 }, 100)
    }
    expect(renderLive(tally.steps, 0, 80)[0]).toContain('2.5 MB of 8.0 MB')
  })

  test('has a line for each step that works, and none for one that is over', () => {
    const tally = working('a')
    tally.add({ kind: 'hosts', step: 'ping', hosts: ['x'] }, 0)
    expect(renderLive(tally.steps, 0, 80)).toHaveLength(2)
    tally.add(ended('a'), 1)
    expect(renderLive(tally.steps, 0, 80)).toEqual(['0/1  ping  0 ms'])
  })

  test.each([1, 5, 12, 20, 40])('fits in %i columns', columns => {
    for (const line of renderLive(working('日本', 'host-with-a-long-name').steps, 0, columns)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(Math.max(1, columns - 1))
    }
  })

  test('knows what became of each host, also while it has not answered', () => {
    const tally = working('a', 'b')
    tally.add(ended('a', 'auth'), 1)
    expect([...tally.fates]).toEqual([
      ['a', 'auth'],
      ['b', 'unknown'],
    ])
  })
})

describe('on a stream', () => {
  const stream = (isTTY: boolean) => {
    const written: string[] = []
    const output = new Writable({
      write(chunk, _encoding, done) {
        written.push(String(chunk))
        done()
      },
    })
    return { written, output: Object.assign(output, { isTTY, columns: 40 }) }
  }

  test.each([
    [false, true],
    [true, false],
  ])('nothing is drawn when it is a terminal: %s, and it is wanted: %s', async (isTTY, wanted) => {
    const { written, output } = stream(isTTY)
    const line = openLiveLine(output, wanted)
    line.add({ kind: 'hosts', step: 'x', hosts: ['a'] })
    await sleep(250)
    line.stop()
    expect(written).toEqual([])
  })

  test('lines are taken away before anything else is written, and at the end', async () => {
    const { written, output } = stream(true)
    const line = openLiveLine(output, true)
    line.add({ kind: 'hosts', step: 'x', hosts: ['a'] })
    line.add({ kind: 'hosts', step: 'y', hosts: ['a'] })
    while (written.length === 0) await sleep(10)
    line.hide()
    expect(written.at(-1)).toBe('\r\u001b[1A\u001b[J')
    line.stop()
    const count = written.length
    await sleep(250)
    expect(written).toHaveLength(count)
  })

  test('nothing is drawn while somebody is asked', async () => {
    const { written, output } = stream(true)
    const line = openLiveLine(output, true)
    const resume = line.pause()
    line.add({ kind: 'hosts', step: 'x', hosts: ['a'] })
    await sleep(250)
    expect(written).toEqual([])
    resume()
    while (written.length === 0) await sleep(10)
    line.stop()
  })
})
