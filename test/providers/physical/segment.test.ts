import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { magicPacket } from '../../../src/providers/physical/wake/packet.ts'
import { canSegment } from '../../lab/segment/can-segment.ts'
import { type Capture, capture } from '../../lab/segment/capture.ts'
import { openSegment, type Segment } from '../../lab/segment/index.ts'
import type { Namespace } from '../../lab/segment/namespace.ts'
import { needs } from '../../support/needs.ts'
import { type Desk, openDesk } from './desk.ts'

const mac = '52:54:00:ab:cd:ef'
const packet = magicPacket(mac).toString('hex')
/** Destination, no source yet, and the type of the frame's content. */
const toEverybody = /^f{12}.{12}/

describe('a machine on a cable', { ...canSegment(), timeout: 40_000 }, () => {
  let segment: Segment
  let desk: Desk
  beforeAll(async () => {
    segment = await openSegment()
    desk = openDesk(segment)
  })
  afterAll(async () => {
    await desk?.stop()
    await segment?.stop()
  })
  beforeEach(async () => {
    segment.powerOn()
    await segment.mood('obedient')
    await segment.asked()
  })
  const machine = () => ({ address: segment.address, port: segment.port, user: segment.user, mac })

  const heard = async <T>(where: Namespace, work: (frames: Capture) => Promise<T>): Promise<T> => {
    const frames = await capture(where)
    try {
      return await work(frames)
    } finally {
      await frames.stop()
    }
  }

  test('is shut down in order, and seen to go', async () => {
    const { trouble, stages } = await desk.run({ does: 'stop', machine: machine() })
    expect(trouble).toBeUndefined()
    expect(await segment.asked()).toEqual(['poweroff'])
    expect(stages).toEqual([
      'asking it to shut down',
      'it took systemctl poweroff',
      'waiting until it has gone',
    ])
  })

  test('that does not listen is not taken for stopped, and goes on running', async () => {
    await segment.mood('deaf')
    const options = { graceMs: 500, force: true }
    const { trouble } = await desk.run({ does: 'stop', machine: machine(), options })
    expect(trouble?.code).toBe('timeout')
    expect(trouble?.message).toContain('is still there after 0.5 s')
    expect(trouble?.message).toContain('no power (IPMI, Redfish) is configured')
    const { value } = await desk.run({ does: 'status', machine: machine() })
    expect(value).toMatchObject({ state: 'running', address: segment.address })
  })

  test('that allows it to nobody says so', async () => {
    await segment.mood('strict')
    const { trouble } = await desk.run({ does: 'stop', machine: machine() })
    expect(trouble?.code).toBe('exit')
    expect(trouble?.message).toContain('systemctl poweroff: Access denied')
    expect(trouble?.message).toContain('by sudo without a password')
  })

  test('is restarted, and waited for until it is another start of itself', async () => {
    const { trouble, stages } = await desk.run({ does: 'restart', machine: machine() })
    expect(trouble).toBeUndefined()
    expect(await segment.asked()).toEqual(['reboot'])
    expect(stages.at(-1)).toBe('waiting until it is back')
  })

  test('that stays as it was is not taken for restarted', async () => {
    await segment.mood('deaf')
    const options = { graceMs: 500, force: false }
    const { trouble } = await desk.run({ does: 'restart', machine: machine(), options })
    expect(trouble).toMatchObject({ code: 'timeout', message: expect.stringContaining('goes on as before') })
  })

  test('that is off is unknown without a power switch, and can not be asked to shut down', async () => {
    segment.box.sh('ip link set lan0 down')
    const { value } = await desk.run({ does: 'status', machine: machine() })
    expect(value).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('it is off, or cut off from here'),
    })
    const { trouble } = await desk.run({ does: 'stop', machine: machine() })
    expect(trouble).toMatchObject({ code: 'unreachable', message: expect.stringContaining('power (IPMI') })
  })

  test('whose SSH alone is down is running', async () => {
    const { value } = await desk.run({ does: 'status', machine: { ...machine(), port: 2222 } })
    expect(value).toMatchObject({ state: 'running', detail: expect.stringContaining('SSH does not') })
  })

  test('that does not let us in is running, and says why it can not be stopped', async () => {
    const stranger = { machine: { ...machine(), user: 'nobody-here' } }
    const { value } = await desk.run({ does: 'status', ...stranger })
    expect(value).toMatchObject({
      state: 'running',
      detail: expect.stringContaining('SSH does not let us in'),
    })
    expect((await desk.run({ does: 'stop', ...stranger })).trouble?.code).toBe('auth')
  })

  test('that answers is not woken', async () => {
    const { stages } = await desk.run({ does: 'start', machine: machine() })
    expect(stages).toEqual(['asking whether it answers'])
  })

  describe('is woken, so that its card sees the magic packet', () => {
    /** Nobody answers there, so it is to be woken. */
    const asleep = () => ({ address: '10.77.0.99', mac })

    test('for everybody on the segment, by default', async () => {
      await heard(segment.box, async ({ frameWith, frames }) => {
        const { trouble } = await desk.run({ does: 'start', machine: asleep() })
        expect(trouble).toBeUndefined()
        const frame = await frameWith(packet)
        expect(frame).toMatch(toEverybody)
        // UDP to 255.255.255.255, port 9.
        expect(frame).toContain('ffffffff')
        await expect.poll(() => frames.filter(one => one.includes(packet)).length).toBe(2)
      })
    })

    test('for the broadcast address and port that are configured, with the SecureOn password', async () => {
      await heard(segment.box, async ({ frameWith }) => {
        const more = { broadcast: segment.broadcast, wakePort: 40_007, secureOn: '01:02:03:04:05:06' }
        await desk.run({ does: 'start', machine: { ...asleep(), ...more } })
        const frame = await frameWith(`${packet}010203040506`)
        expect(frame).toMatch(toEverybody)
        expect(frame).toContain('0a4d00ff')
        expect(frame).toContain((40_007).toString(16))
      })
    })

    test('for a multicast address of IPv6', async () => {
      await heard(segment.box, async ({ frameWith }) => {
        await desk.run({ does: 'start', machine: { ...asleep(), broadcast: 'ff02::1' } })
        expect(await frameWith(packet)).toMatch(/^333300000001.{12}86dd/)
      })
    })

    test('or is told that the packet leads nowhere', async () => {
      const { trouble } = await desk.run({
        does: 'start',
        machine: { ...asleep(), broadcast: '198.51.100.255' },
      })
      expect(trouble?.code).toBe('exception')
      expect(trouble?.message).toContain('or name a host there as wakeFrom')
    })

    for (const [tool, frame] of [
      ['wakeonlan', toEverybody],
      ['python3', toEverybody],
      ['perl', toEverybody],
      // A frame of its own type, without UDP.
      ['etherwake', /^f{12}.{12}0842/],
    ] as const) {
      test(`from a host in its segment, by ${tool}`, needs(tool), async () => {
        await segment.offer([tool, ...(tool === 'wakeonlan' ? ['perl'] : [])])
        await heard(segment.desk, async ({ frameWith }) => {
          const { address, port, user } = segment
          const { trouble, stages } = await desk.run({
            does: 'start',
            machine: { ...asleep(), broadcast: segment.broadcast, wakeFrom: 'gate' },
            hosts: { gate: { address, port, user } },
          })
          expect(trouble).toBeUndefined()
          expect(stages).toContain(`gate sent it by ${tool}`)
          expect(await frameWith(packet)).toMatch(frame)
        })
      })
    }
  })
})
