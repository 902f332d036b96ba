import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { HostTrouble } from '../../../../src/core/ports.ts'
import { programs, statuses, types } from '../../../../src/providers/kvm/rpc/frames/header.ts'
import {
  type Libvirt,
  LibvirtConnectionLost,
  LibvirtError,
  type LibvirtOptions,
  LibvirtProtocolError,
  LibvirtTimeout,
  openLibvirt,
  type ProcedureName,
} from '../../../../src/providers/kvm/rpc/index.ts'
import { events } from '../../../../src/providers/kvm/rpc/protocol/events.ts'
import { bodyOf, type FakeDaemon, type Heard, startFakeDaemon } from '../../../fakes/libvirt-daemon.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of closing.splice(0).reverse()) await step()
})

async function daemon(on?: (heard: Heard) => void, own?: readonly ProcedureName[]): Promise<FakeDaemon> {
  const far = await startFakeDaemon(on, own)
  closing.push(() => far.stop())
  return far
}

async function open(far: FakeDaemon, options: Partial<LibvirtOptions> = {}): Promise<Libvirt> {
  const libvirt = await openLibvirt({ uri: far.uri, grace: 50, ...options })
  closing.push(() => libvirt.close())
  return libvirt
}

/** A connection to a far end, and the two of them. */
async function meet(on?: (heard: Heard) => void, options: Partial<LibvirtOptions> = {}) {
  const far = await daemon(on)
  return { far, libvirt: await open(far, options) }
}

async function errorOf(work: Promise<unknown>): Promise<any> {
  return work.then(
    value => expect.unreachable(`it answered ${value}`),
    (error: unknown) => error,
  )
}

const big = { name: 'big', uuid: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', id: 1 }
const disk = { pool: 'default', name: 'disk', key: '/disk' }

describe('answers', () => {
  test('find their calls in whatever order they come', async () => {
    const asked: Heard[] = []
    const { libvirt } = await meet(heard => {
      asked.push(heard)
      if (asked.length < 3) return
      for (const { header, client, body } of asked.reverse())
        client.answer(header, 'domainGetXmlDesc', { xml: `about ${body.readUInt32BE(body.length - 4)}` })
    })
    const xmls = [1, 2, 3].map(flags => libvirt.call('domainGetXmlDesc', { domain: big, flags }))
    expect(await Promise.all(xmls)).toEqual([{ xml: 'about 1' }, { xml: 'about 2' }, { xml: 'about 3' }])
  })

  test('that say no have the name that libvirt gives them', async () => {
    const { libvirt } = await meet(({ header, client }) => client.refuse(header, 42, 'no \u001b[31mdomain'))
    const error = await errorOf(libvirt.call('domainLookupByName', { name: 'big' }))
    expect(error).toBeInstanceOf(LibvirtError)
    expect(error).toMatchObject({ code: 'VIR_ERR_NO_DOMAIN', domain: 'VIR_FROM_QEMU', retryable: false })
    expect(error.message).toBe('domainLookupByName: no  [31mdomain (VIR_ERR_NO_DOMAIN)')
  })

  test('with an error that has no name here keep its number', async () => {
    const { libvirt } = await meet(({ header, client }) => client.refuse(header, 4_711, 'new'))
    expect(await errorOf(libvirt.call('connectGetType', {}))).toMatchObject({ code: 'VIR_ERR_4711' })
  })

  test.each([
    ['too short', Buffer.alloc(2)],
    ['too long', Buffer.alloc(400)],
    ['an endless string', Buffer.from('7fffffff', 'hex')],
  ])('that are %s fail their own call and no other', async (_, body) => {
    const { libvirt } = await meet(({ name, header, client }) => {
      if (name === 'connectGetHostname') client.answer(header, name, { hostname: 'iron' })
      else client.frame({ ...header, type: types.reply }, body)
    })
    const bad = errorOf(libvirt.call('connectGetType', {}))
    expect(await libvirt.call('connectGetHostname', {})).toEqual({ hostname: 'iron' })
    expect(await bad).toBeInstanceOf(LibvirtProtocolError)
    expect(libvirt.open).toBe(true)
  })
})

describe('a far end that breaks the protocol loses the connection, and says how', () => {
  const bomb = Buffer.from('7fffffff', 'hex')
  test.each<[string, (heard: Heard) => void, string]>([
    [
      'an answer to nothing',
      ({ client, header }) => client.frame({ ...header, serial: 999, type: types.reply }),
      'serial 999',
    ],
    [
      'an answer of another procedure',
      ({ client, header }) => client.frame({ ...header, procedure: 2, type: types.reply }),
      'answered by procedure 2',
    ],
    ['a frame that is too large', ({ client }) => client.socket.write(bomb), '2147483647 bytes'],
    ['a frame that is too small', ({ client }) => client.socket.write(Buffer.alloc(8)), '0 bytes'],
    [
      'words of another protocol',
      ({ client }) => client.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      'Is it libvirt',
    ],
    ['another program', ({ client }) => client.frame({ program: 5 }), 'unknown program 5'],
    ['a call to us', ({ client }) => client.frame({ type: types.call }), 'type 0'],
    ['another status', ({ client }) => client.frame({ status: 9 }), 'status 9'],
    [
      'an unknown keepalive',
      ({ client }) => client.frame({ program: programs.keepalive, procedure: 3 }),
      'procedure 3',
    ],
    [
      'an event that is cut short',
      ({ client }) => client.frame({ procedure: events.lifecycle.number }, Buffer.alloc(8)),
      'too early',
    ],
  ])('%s', async (_, on, words) => {
    const { libvirt } = await meet(on)
    let told: unknown
    libvirt.onClose(lost => {
      told = lost
    })
    const error = await errorOf(libvirt.call('connectGetType', {}))
    expect(error).toBeInstanceOf(LibvirtConnectionLost)
    expect(error).toMatchObject({ carriedOut: 'unknown', cause: expect.any(LibvirtProtocolError) })
    expect(error.message).toContain(words)
    expect(told).toBeInstanceOf(LibvirtConnectionLost)
    expect(libvirt.open).toBe(false)
  })
})

describe('a connection that goes', () => {
  test('fails what is under way once, and says what was sent and what was not', async () => {
    const { far, libvirt } = await meet(undefined, { inFlight: 2 })
    const work = Array.from({ length: 4 }, () => errorOf(libvirt.call('connectGetType', {})))
    await expect.poll(() => far.count('connectGetType')).toBe(2)
    far.clients[0]!.socket.destroy()
    const errors = await Promise.all(work)
    expect(errors.map(error => error.carriedOut)).toEqual(['unknown', 'unknown', 'no', 'no'])
    for (const error of errors) expect(error).toBeInstanceOf(LibvirtConnectionLost)
    // And what comes later was never sent.
    expect(await errorOf(libvirt.call('connectGetType', {}))).toMatchObject({ carriedOut: 'no' })
  })

  test('in the middle of a frame says so', async () => {
    const { libvirt } = await meet(({ client }) => client.socket.end(Buffer.from('00000040200080', 'hex')))
    expect((await errorOf(libvirt.call('connectGetType', {}))).message).toContain('in the middle of a frame')
  })

  test('is told to whoever listens, once, also later; and to nobody who has left', async () => {
    const { far, libvirt } = await meet()
    const told: unknown[] = []
    libvirt.onClose(lost => told.push(lost))
    libvirt.onClose(lost => told.push(lost))()
    far.clients[0]!.socket.destroy()
    await expect.poll(() => told.length).toBe(1)
    libvirt.onClose(lost => told.push(lost))
    expect(told).toHaveLength(2)
    for (const lost of told) expect(lost).toBeInstanceOf(LibvirtConnectionLost)
  })

  test('takes its streams along', async () => {
    const { far, libvirt } = await meet(({ name, header, client }) => {
      if (name === 'storageVolDownload') client.answer(header, name, undefined)
    })
    const stream = await libvirt.download(disk)
    const reading = errorOf(stream.toArray())
    far.clients[0]!.socket.destroy()
    expect(await reading).toBeInstanceOf(LibvirtConnectionLost)
  })
})

describe('deadlines', () => {
  test('end a call, whose late answer is then no surprise', async () => {
    const late: Heard[] = []
    const { libvirt } = await meet(heard => {
      if (heard.name === 'connectGetHostname')
        heard.client.answer(heard.header, heard.name, { hostname: 'iron' })
      else late.push(heard)
    })
    const error = await errorOf(libvirt.call('connectGetType', {}, { timeout: 20 }))
    expect(error).toBeInstanceOf(LibvirtTimeout)
    expect(error).toMatchObject({ carriedOut: 'unknown', retryable: true })
    late[0]!.client.answer(late[0]!.header, 'connectGetType', { type: 'QEMU' })
    expect(await libvirt.call('connectGetHostname', {})).toEqual({ hostname: 'iron' })
  })

  test('end a call that waits its turn without sending it', async () => {
    const { far, libvirt } = await meet(undefined, { inFlight: 1 })
    const first = errorOf(libvirt.call('connectGetType', {}, { timeout: 100 }))
    expect(await errorOf(libvirt.call('connectGetUri', {}, { timeout: 20 }))).toMatchObject({
      carriedOut: 'no',
    })
    await first
    expect(far.count('connectGetUri')).toBe(0)
  })

  test('leave the place of a call taken while the daemon works on it', async () => {
    const asked: Heard[] = []
    const { far, libvirt } = await meet(heard => asked.push(heard), { inFlight: 1 })
    await errorOf(libvirt.call('connectGetType', {}, { timeout: 20 }))
    const next = libvirt.call('connectGetUri', {})
    await sleep(20)
    expect(far.count('connectGetUri')).toBe(0)
    asked[0]!.client.answer(asked[0]!.header, 'connectGetType', { type: 'QEMU' })
    await expect.poll(() => asked.length).toBe(2)
    asked[1]!.client.answer(asked[1]!.header, 'connectGetUri', { uri: 'qemu:///system' })
    expect(await next).toEqual({ uri: 'qemu:///system' })
  })

  test('and signals: an abort rejects with its reason', async () => {
    const { far, libvirt } = await meet()
    const reason = new Error('enough')
    const caller = new AbortController()
    const work = errorOf(libvirt.call('connectGetType', {}, { signal: caller.signal }))
    await expect.poll(() => far.count('connectGetType')).toBe(1)
    caller.abort(reason)
    expect(await work).toBe(reason)
    expect(await errorOf(libvirt.call('connectGetType', {}, { signal: caller.signal }))).toBe(reason)
    expect(far.count('connectGetType')).toBe(1)
  })
})

describe('keepalive', () => {
  const isPing = ({ header }: Heard) => header.program === programs.keepalive && header.procedure === 1
  const isPong = ({ header }: Heard) => header.program === programs.keepalive && header.procedure === 2

  test('is answered', async () => {
    const { far } = await meet()
    far.clients[0]!.frame({ program: programs.keepalive, procedure: 1 })
    await expect.poll(() => far.heard.filter(isPong).length).toBe(1)
  })

  test('asks a silent daemon, and believes its answers', async () => {
    const { far, libvirt } = await meet(
      heard => {
        if (isPing(heard)) heard.client.frame({ program: programs.keepalive, procedure: 2 })
      },
      { keepalive: { interval: 30, count: 3 } },
    )
    await expect.poll(() => far.heard.filter(isPing).length).toBeGreaterThan(5)
    expect(libvirt.open).toBe(true)
  })

  test('gives up a daemon that stays silent', async () => {
    const { far, libvirt } = await meet(undefined, { keepalive: { interval: 10, count: 3 } })
    const error = await errorOf(libvirt.call('connectGetType', {}))
    expect(error).toBeInstanceOf(LibvirtConnectionLost)
    expect(error.message).toContain('stopped answering')
    expect(far.heard.filter(isPing)).toHaveLength(3)
  })

  test('does not take a reader that rests for a daemon that is dead', async () => {
    const { far, libvirt } = await meet(
      heard => {
        const { name, header, client } = heard
        if (isPing(heard)) client.frame({ program: programs.keepalive, procedure: 2 })
        if (name !== 'storageVolDownload') return
        client.answer(header, name, undefined)
        for (let at = 0; at < 80; at++)
          client.frame({ ...header, type: types.stream, status: statuses.more }, Buffer.alloc(100_000, at))
        client.frame({ ...header, type: types.stream, status: statuses.more })
      },
      { keepalive: { interval: 30, count: 3 } },
    )
    const stream = await libvirt.download(disk)
    await expect.poll(() => far.heard.filter(isPong).length, { timeout: 5_000 }).toBeGreaterThan(5)
    expect(libvirt.open).toBe(true)
    // What is held for it is bounded: the rest waits in the socket.
    expect(stream.readableLength).toBeLessThan(5 * 1024 * 1024)
    const finish = ({ header }: Heard) => header.type === types.stream && header.status === statuses.ok
    let bytes = 0
    stream.on('data', chunk => {
      bytes += chunk.length
    })
    await expect.poll(() => bytes).toBe(8_000_000)
    await expect.poll(() => far.heard.filter(finish).length).toBe(1)
    far.clients[0]!.frame({ ...far.heard.find(finish)!.header })
    await expect.poll(() => stream.readableEnded).toBe(true)
  })
})

describe('events', () => {
  const started = bodyOf(events.reboot.shape, { callbackId: 7, domain: big })

  test('that overtake the answer to their subscription are delivered', async () => {
    const { libvirt } = await meet(({ name, header, client }) => {
      if (name !== 'connectDomainEventCallbackRegisterAny') return
      client.frame({ procedure: events.reboot.number }, started)
      client.answer(header, name, { callbackId: 7 })
      client.frame({ procedure: events.reboot.number }, started)
    })
    const seen: unknown[] = []
    await libvirt.subscribe('reboot', event => seen.push(event))
    await expect.poll(() => seen).toEqual(Array(2).fill({ kind: 'reboot', domain: big }))
  })

  test('that come before their subscription are not kept without end', async () => {
    const { libvirt } = await meet(({ name, client }) => {
      if (name !== 'connectDomainEventCallbackRegisterAny') return
      for (let at = 0; at < 1_025; at++) client.frame({ procedure: events.reboot.number }, started)
    })
    expect((await errorOf(libvirt.subscribe('reboot', () => undefined))).message).toContain('1024 events')
  })

  test('that nobody asked for, or any more, are let go', async () => {
    const { far, libvirt } = await meet(({ name, header, client }) => {
      if (name === 'connectDomainEventCallbackRegisterAny') client.answer(header, name, { callbackId: 7 })
      else if (name === 'connectDomainEventCallbackDeregisterAny') client.answer(header, name, undefined)
      else if (name === 'connectGetType') client.answer(header, name, { type: 'QEMU' })
    })
    const seen: unknown[] = []
    const subscription = await libvirt.subscribe('reboot', event => seen.push(event))
    await subscription.close()
    await subscription.close()
    expect(far.count('connectDomainEventCallbackDeregisterAny')).toBe(1)
    far.clients[0]!.frame({ procedure: events.reboot.number }, started)
    far.clients[0]!.frame({ procedure: 9_999 }, Buffer.alloc(4))
    expect(await libvirt.call('connectGetType', {})).toEqual({ type: 'QEMU' })
    expect(seen).toEqual([])
  })
})

describe('streams', () => {
  const isStream = ({ header }: Heard) => header.type === types.stream

  test('that nobody opened are nobody’s', async () => {
    const { libvirt } = await meet(({ name, header, client }) => {
      client.frame({ ...header, type: types.stream, serial: 77, status: statuses.more }, Buffer.alloc(8))
      if (name === 'connectGetType') client.answer(header, name, { type: 'QEMU' })
    })
    expect(await libvirt.call('connectGetType', {})).toEqual({ type: 'QEMU' })
  })

  test('that fail before their caller has them fail their caller', async () => {
    const { libvirt } = await meet(({ name, header, client }) => {
      if (name !== 'storageVolDownload') return
      client.socket.cork()
      client.answer(header, name, undefined)
      client.refuse({ ...header, type: types.stream }, 38, 'Input/output error')
      client.socket.uncork()
    })
    expect(await errorOf(libvirt.download(disk))).toMatchObject({ code: 'VIR_ERR_SYSTEM_ERROR' })
  })

  test('that the daemon refuses are not there', async () => {
    const { far, libvirt } = await meet(({ header, client }) => client.refuse(header, 50, 'no such volume'))
    expect(await errorOf(libvirt.upload(disk, [Buffer.from('x')]))).toMatchObject({
      code: 'VIR_ERR_NO_STORAGE_VOL',
    })
    expect(far.heard.filter(isStream)).toEqual([])
  })

  test('that fail in the middle of an upload say why', async () => {
    const { libvirt } = await meet(heard => {
      if (heard.name === 'storageVolUpload') heard.client.answer(heard.header, heard.name, undefined)
      else if (isStream(heard)) heard.client.refuse(heard.header, 38, 'No space left on device')
    })
    const error = await errorOf(libvirt.upload(disk, Array(50).fill(Buffer.alloc(100_000))))
    expect(error).toMatchObject({ name: 'LibvirtError', code: 'VIR_ERR_SYSTEM_ERROR' })
    expect(libvirt.open).toBe(true)
  })

  test('are aborted over there when their source fails', async () => {
    const { far, libvirt } = await meet(({ name, header, client }) => {
      if (name === 'storageVolUpload') client.answer(header, name, undefined)
      else if (header.type === types.stream && header.status === statuses.error)
        client.frame({ ...header, status: statuses.ok })
    })
    const source = async function* () {
      yield Buffer.from('some')
      throw new Error('the source is gone')
    }
    expect((await errorOf(libvirt.upload(disk, source()))).message).toBe('the source is gone')
    await expect.poll(() => far.heard.filter(isStream).map(each => each.header.status)).toEqual([2, 1])
    expect(libvirt.open).toBe(true)
  })

  test('that were opened too late are aborted', async () => {
    const asked: Heard[] = []
    const { far, libvirt } = await meet(heard => asked.push(heard))
    await errorOf(libvirt.download(disk, { timeout: 20 }))
    asked[0]!.client.answer(asked[0]!.header, 'storageVolDownload', undefined)
    asked[0]!.client.frame(
      { ...asked[0]!.header, type: types.stream, status: statuses.more },
      Buffer.alloc(100),
    )
    await expect.poll(() => far.heard.filter(isStream).map(each => each.header.status)).toEqual([1])
    expect(libvirt.open).toBe(true)
  })

  test('on which nothing moves are given up', async () => {
    const { libvirt } = await meet(({ name, header, client }) => {
      if (name === 'storageVolDownload') client.answer(header, name, undefined)
    })
    const stream = await libvirt.download(disk, { idleTimeout: 30 })
    expect(await errorOf(stream.toArray())).toBeInstanceOf(LibvirtTimeout)
  })

  test('that the daemon does not confirm are no success', async () => {
    const { libvirt } = await meet(({ name, header, client }) => {
      if (name === 'storageVolUpload') client.answer(header, name, undefined)
    })
    expect(await errorOf(libvirt.upload(disk, [Buffer.from('x')], { idleTimeout: 30 }))).toBeInstanceOf(
      LibvirtTimeout,
    )
  })
})

describe('opening', () => {
  test('is refused where the daemon wants SASL', async () => {
    const far = await daemon(
      ({ name, header, client }) => {
        if (name === 'authList') client.answer(header, name, { types: [1] })
      },
      ['authList'],
    )
    const error = await errorOf(open(far))
    expect(error).toBeInstanceOf(HostTrouble)
    expect(error).toMatchObject({ code: 'auth', message: expect.stringContaining('SASL') })
  })

  test('goes by polkit where that says yes, and is refused where it says no', async () => {
    let yes = true
    const far = await daemon(
      ({ name, header, client }) => {
        if (name === 'authList') client.answer(header, name, { types: [2] })
        else if (name === 'authPolkit' && yes) client.answer(header, name, { complete: true })
        else if (name === 'authPolkit') client.refuse(header, 45, 'authentication failed')
      },
      ['authList', 'authPolkit'],
    )
    await open(far)
    yes = false
    expect(await errorOf(open(far))).toMatchObject({
      code: 'auth',
      message: expect.stringContaining('polkit'),
    })
  })

  test('ends in time, with nothing left open', async () => {
    const far = await daemon(() => undefined, ['authList'])
    expect(await errorOf(open(far, { timeout: 30 }))).toMatchObject({
      name: 'HostTrouble',
      code: 'unreachable',
    })
    const caller = new AbortController()
    const work = errorOf(open(far, { signal: caller.signal }))
    await expect.poll(() => far.clients.length).toBe(2)
    caller.abort()
    expect(await work).toMatchObject({ name: 'HostTrouble', code: 'cancelled' })
    await expect.poll(() => far.clients.every(({ socket }) => socket.destroyed)).toBe(true)
  })

  test('leaves a daemon alone that knows of no keepalive', async () => {
    const far = await daemon(
      ({ name, header, client }) => {
        if (name === 'connectSupportsFeature') client.answer(header, name, { supported: false })
      },
      ['connectSupportsFeature'],
    )
    const libvirt = await open(far, { keepalive: { interval: 5, count: 1 } })
    await sleep(60)
    expect(libvirt.open).toBe(true)
  })

  test('of a socket that is not there says where it looked', async () => {
    const error = await errorOf(openLibvirt({ uri: 'qemu+unix:///system?socket=/nowhere/at-all' }))
    expect(error).toMatchObject({ name: 'HostTrouble', code: 'unreachable' })
    expect(error.message).toContain('/nowhere/at-all (ENOENT)')
  })

  test('takes no option that it does not know', async () => {
    await expect(openLibvirt({ uri: 'qemu:///system', timout: 1 } as LibvirtOptions)).rejects.toThrow(
      'timout',
    )
  })
})

describe('closing', () => {
  test('waits for what is under way, says goodbye, and refuses what comes after', async () => {
    const asked: Heard[] = []
    const { far, libvirt } = await meet(heard => asked.push(heard), { grace: 5_000 })
    const work = libvirt.call('connectGetType', {})
    await expect.poll(() => asked.length).toBe(1)
    const closed = libvirt.close()
    expect(libvirt.close()).toBe(closed)
    expect(await errorOf(libvirt.call('connectGetType', {}))).toMatchObject({ carriedOut: 'no' })
    asked[0]!.client.answer(asked[0]!.header, 'connectGetType', { type: 'QEMU' })
    expect(await work).toEqual({ type: 'QEMU' })
    let told: unknown = 'nothing'
    libvirt.onClose(lost => {
      told = lost
    })
    await closed
    expect(far.count('connectClose')).toBe(1)
    expect(told).toBeUndefined()
  })

  test('waits for nobody longer than the grace', async () => {
    const { libvirt } = await meet()
    const work = errorOf(libvirt.call('connectGetType', {}))
    await libvirt.close()
    expect(await work).toMatchObject({ name: 'LibvirtConnectionLost', carriedOut: 'unknown' })
  })
})
