import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Outbox, openOutbox } from '../../../../src/transports/zeromq/socket/outbox.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Scene {
  readonly outbox: Outbox
  readonly sent: string[]
  readonly failed: string[]
  /** Receivers that take nothing now, and with what code. */
  readonly stuck: Map<string, string>
  say(to: string, ...texts: string[]): boolean[]
}

function scene(): Scene {
  const sent: string[] = []
  const failed: string[] = []
  const stuck = new Map<string, string>()
  let busy = false
  const outbox = openOutbox({
    async send([to, text]) {
      // A socket sends one after the other and refuses whoever does not wait.
      if (busy) throw Object.assign(new Error('busy'), { code: 'EBUSY' })
      busy = true
      await Promise.resolve()
      busy = false
      const code = stuck.get(String(to))
      if (code !== undefined) throw Object.assign(new Error(code), { code })
      sent.push(`${to} ${text}`)
    },
    failed: (to, code) => failed.push(`${to} ${code}`),
  })
  return {
    outbox,
    sent,
    failed,
    stuck,
    say: (to, ...texts) => texts.map(text => outbox.send(to, [Buffer.from(to), Buffer.from(text)])),
  }
}

const rest = () => vi.advanceTimersByTimeAsync(0)

test('messages of one receiver keep their order, and one at a time is sent', async () => {
  const s = scene()
  s.say('a', '1', '2', '3')
  s.say('b', '1')
  await rest()
  s.say('a', '4')
  await rest()
  expect(s.sent.filter(one => one.startsWith('a'))).toEqual(['a 1', 'a 2', 'a 3', 'a 4'])
  expect(s.sent).toContain('b 1')
  expect(s.failed).toEqual([])
})

test('one who takes nothing holds up nobody else, and gets all in order when it takes again', async () => {
  const s = scene()
  s.stuck.set('slow', 'EAGAIN')
  s.say('slow', '1', '2')
  s.say('quick', '1')
  await vi.advanceTimersByTimeAsync(5_000)
  s.say('slow', '3')
  s.say('quick', '2')
  await vi.advanceTimersByTimeAsync(1_000)
  expect(s.sent).toEqual(['quick 1', 'quick 2'])
  s.stuck.clear()
  await vi.advanceTimersByTimeAsync(100)
  expect(s.sent).toEqual(['quick 1', 'quick 2', 'slow 1', 'slow 2', 'slow 3'])
  expect(s.failed).toEqual([])
})

test('one who takes nothing for too long is given up, with all that waited for it', async () => {
  const s = scene()
  s.stuck.set('gone', 'EAGAIN')
  s.say('gone', '1', '2')
  await vi.advanceTimersByTimeAsync(11_000)
  expect(s.failed).toEqual(['gone EAGAIN'])
  s.stuck.clear()
  s.say('gone', '3')
  await rest()
  expect(s.sent).toEqual(['gone 3'])
})

test('one who is not there is told of at once', async () => {
  const s = scene()
  s.stuck.set('away', 'EHOSTUNREACH')
  s.say('away', '1', '2')
  await rest()
  expect(s.failed).toEqual(['away EHOSTUNREACH'])
  expect(s.sent).toEqual([])
})

test('no more waits for one receiver than 32 MiB, and others have their own', async () => {
  const s = scene()
  s.stuck.set('slow', 'EAGAIN')
  const megabyte = 'x'.repeat(1024 * 1024 - 4)
  const taken = Array.from({ length: 40 }, () => s.say('slow', megabyte)[0])
  expect(taken.filter(Boolean)).toHaveLength(32)
  expect(s.say('quick', '1')).toEqual([true])
  await rest()
  s.outbox.forget('slow')
  s.stuck.clear()
  await vi.advanceTimersByTimeAsync(100)
  expect(s.sent).toEqual(['quick 1'])
})

test('nothing is sent after it was closed', async () => {
  const s = scene()
  s.stuck.set('slow', 'EAGAIN')
  s.say('slow', '1')
  await rest()
  s.outbox.close()
  s.stuck.clear()
  expect(s.say('slow', '2')).toEqual([false])
  await vi.advanceTimersByTimeAsync(20_000)
  expect(s.sent).toEqual([])
  expect(s.failed).toEqual([])
})
