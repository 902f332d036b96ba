import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { wemo } from '../../../src/core/wemo.ts'
import { freePort } from '../../lab/servers.ts'
import { type WemoDevice, wemoClient } from './client.ts'
import { call, openScene, plexOff, plexOn, type Scene, searchFor } from './scene.ts'

const plex = wemo('plex', { on: plexOn, off: plexOff })
const closet = wemo('big closet', { on: plexOn, off: plexOff })

let scene: Scene | undefined
const opened: { close(): void }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  await scene?.close()
  scene = undefined
})
const open = async (...given: Parameters<typeof openScene>): Promise<Scene> => {
  scene = await openScene(...given)
  return scene
}
const device = async (url: string): Promise<WemoDevice> => {
  const client = await wemoClient(url)
  opened.push(client)
  return client
}

describe('a switch', () => {
  test('is loaded, switched and read by a WeMo client', async () => {
    const { url, started } = await open([plex, closet])
    const client = await device(url('big closet'))
    expect(client.about).toMatchObject({
      friendlyName: 'big closet',
      deviceType: 'urn:Belkin:device:controllee:1',
    })
    expect(await client.get()).toBe('0')
    await client.set(1)
    expect(await client.get()).toBe('1')
    await client.set(0)
    expect(await client.get()).toBe('0')
    expect(started).toEqual([
      expect.stringMatching(/^voice-big_closet-\w{8}-on-/),
      expect.stringMatching(/-off-/),
    ])
  })

  test('is who it was after a restart, and nobody else of another project', async () => {
    const first = await open([plex, closet])
    const serials = first.switches.status().devices.map(({ serial }) => serial)
    await first.close()
    const again = await open([closet, plex])
    expect(
      again.switches
        .status()
        .devices.map(({ serial }) => serial)
        .reverse(),
    ).toEqual(serials)
    await again.close()
    const other = await open([plex, closet], { project: 'attic' })
    for (const { serial } of other.switches.status().devices) expect(serials).not.toContain(serial)
  })

  test('acts once on what is heard twice, by whatever way, and on each of several words', async () => {
    const one = await open([plex])
    const client = await device(one.url('plex'))
    await Promise.all([client.set(1), client.set(1), client.set(1)])
    expect(one.started).toHaveLength(1)
    await client.set(0)
    await client.set(1)
    expect(one.started.map(name => name.split('-')[2])).toEqual(['on', 'off', 'on'])
    one.ahead = 11_000
    await client.set(1)
    expect(one.started).toHaveLength(4)
    expect(one.switches.status().devices).toMatchObject([{ started: 4, repeated: 2, failed: 0 }])
  })

  test('knows after a restart what was said before, and that a skill has done it', async () => {
    const kept = new Map<string, number>()
    const ports = {
      startFlow: async (_flow: unknown, _input: unknown, { name }: { readonly name: string }) =>
        void kept.set(name, kept.get(name) ?? Date.now()),
      recent: (_flow: unknown, prefix: string) =>
        [...kept]
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, startedAt]) => ({ name, startedAt, status: 'SUCCEEDED' as const }))
          .reverse(),
    }
    const first = await open([plex], ports)
    await (await device(first.url('plex'))).set(1)
    await first.close()
    const second = await open([plex], ports)
    const client = await device(second.url('plex'))
    expect(await client.get()).toBe('1')
    await client.set(1)
    expect(kept.size).toBe(1)
  })

  test('is off again when what it started has failed', async () => {
    const { url, fates, started } = await open([plex])
    const client = await device(url('plex'))
    await client.set(1)
    expect(await client.get()).toBe('1')
    fates.set(started[0]!, 'FAILED')
    expect(await client.get()).toBe('0')
  })

  test('reads its state from what it stands for, and says what it knew while that says nothing', async () => {
    let real: unknown = true
    const scene = await open([wemo('plex', { on: plexOn, off: plexOff, state: () => real as boolean })])
    const client = await device(scene.url('plex'))
    expect(await client.get()).toBe('1')
    real = 'perhaps'
    scene.ahead = 5_000
    expect(await client.get()).toBe('1')
    expect(scene.notices).toEqual([
      'wemo plex: its state can\'t be read: it says "perhaps", not true or false',
    ])
    real = false
    scene.ahead = 10_000
    expect(await client.get()).toBe('0')
  })

  test('asks a flow for its state', async () => {
    const state = { flow: plexOn, value: (output: unknown) => output === 'on' }
    const { url } = await open([wemo('plex', { on: plexOn, off: plexOff, state: state as never })], {
      askFlow: async () => 'on',
    })
    expect(await (await device(url('plex'))).get()).toBe('1')
  })

  test('says when a flow can not be started, and starts it at the next word', async () => {
    let broken = true
    const names: string[] = []
    const { url, notices } = await open([plex], {
      startFlow: async (_flow, _input, { name }) => {
        if (broken) throw new Error('the disk is full')
        names.push(name)
      },
    })
    const client = await device(url('plex'))
    await expect(client.set(1)).rejects.toThrow('501')
    broken = false
    await client.set(1)
    expect(names).toHaveLength(1)
    expect(notices).toEqual(['wemo plex: on could not be started: the disk is full'])
  })
})

describe('a search', () => {
  test.each(['ssdp:all', 'upnp:rootdevice', 'urn:Belkin:device:**', 'urn:Belkin:service:basicevent:1'])(
    'for %s finds every switch',
    async target => {
      const { search, url } = await open([plex, closet])
      const answers = await search(searchFor(target), 2)
      const places = answers.map(answer => /^LOCATION: (.*)$/m.exec(answer)![1]!.trim())
      expect(places.sort()).toEqual([`${url('plex')}/setup.xml`, `${url('big closet')}/setup.xml`].sort())
      for (const place of places) expect(await (await fetch(place)).text()).toContain('Belkin')
    },
  )

  test('for one finds one, and for a printer none', async () => {
    const { search, switches } = await open([plex, closet])
    const { serial } = switches.status().devices[0]!
    const answers = await search(searchFor(`uuid:Socket-1_0-${serial}`), 1)
    expect(answers).toHaveLength(1)
    await search(searchFor('urn:schemas-upnp-org:device:Printer:1'), 0)
    await search('NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n\r\n', 0)
    expect(switches.status().searches).toMatchObject({ received: 3, answered: 1, other: 2, malformed: 0 })
  })

  test('from another network is not answered, and no request either', async () => {
    const own = { address: '127.0.0.1', netmask: '255.255.255.255', cidr: '127.0.0.1/32' }
    const alone = { ...own, family: 'IPv4' as const, mac: '', internal: true }
    const { search, switches, url } = await open([plex], { interfaces: () => ({ lo: [alone] }) })
    expect(await search(searchFor('ssdp:all'), 0, '127.0.0.2')).toEqual([])
    expect(switches.status().searches).toMatchObject({ received: 1, foreign: 1, answered: 0 })
    const foreign = get(`${url('plex')}/setup.xml`, { localAddress: '127.0.0.2' })
    await expect(once(foreign, 'response')).rejects.toThrow()
    expect(switches.status().refused).toBe(1)
  })

  test('in a flood is answered within a limit', async () => {
    const { search, switches } = await open([plex])
    for (let sent = 0; sent < 300; sent++) await search(searchFor('ssdp:all'), 0)
    const { received, answered, limited } = switches.status().searches
    expect(received).toBe(300)
    expect(answered + limited).toBe(300)
    expect(answered).toBeLessThan(300)
  })
})

describe('a request that is none', () => {
  test.each([
    ['of another path', '/upnp/control/insight1', call('GetBinaryState'), 404],
    ['to read by writing', '/upnp/control/basicevent1', { method: 'GET' }, 405],
    [
      'without an action',
      '/upnp/control/basicevent1',
      { ...call('SetBinaryState', '<BinaryState>1</BinaryState>'), headers: {} },
      500,
    ],
    ['of an action that there is not', '/upnp/control/basicevent1', call('ReSetup'), 500],
    [
      'of one action within another',
      '/upnp/control/basicevent1',
      { ...call('SetBinaryState', '<BinaryState>1</BinaryState>'), body: call('GetBinaryState').body },
      500,
    ],
    [
      'with entities',
      '/upnp/control/basicevent1',
      {
        ...call('SetBinaryState'),
        body: `<!DOCTYPE x [<!ENTITY a "1">]>${call('SetBinaryState', '<BinaryState>&a;</BinaryState>').body}`,
      },
      500,
    ],
    [
      'with two states',
      '/upnp/control/basicevent1',
      call('SetBinaryState', '<BinaryState>1</BinaryState><BinaryState>1</BinaryState>'),
      500,
    ],
    [
      'with another state',
      '/upnp/control/basicevent1',
      call('SetBinaryState', '<BinaryState>2</BinaryState>'),
      500,
    ],
    [
      'with a book',
      '/upnp/control/basicevent1',
      { ...call('SetBinaryState'), body: 'x'.repeat(10_000) },
      413,
    ],
  ])('%s is refused', async (_what, path, request, status) => {
    const { url, started } = await open([plex])
    const answer = await fetch(`${url('plex')}${path}`, request)
    expect(answer.status).toBe(status)
    expect(started).toEqual([])
  })

  test('by a name that a page made lead here is refused', async () => {
    const { url, switches } = await open([plex])
    const answer = await fetch(`${url('plex').replace('127.0.0.1', 'localhost')}/setup.xml`)
    expect(answer.status).toBe(403)
    expect(switches.status().refused).toBe(1)
  })
})

test('a port that is taken keeps no other switch, and is taken later', async () => {
  const port = await freePort()
  const squatter = createServer().listen(port, '127.0.0.1')
  await once(squatter, 'listening')
  const pauses: (() => void)[] = []
  const { switches, url } = await open([plex, closet], {
    portOf: name => (name === 'plex' ? port : 0),
    clock: { now: Date.now, sleep: () => new Promise(resolve => void pauses.push(resolve)) },
  })
  expect(switches.troubles()).toEqual([
    expect.stringContaining("wemo plex can't be listened at: listen EADDRINUSE"),
  ])
  expect((await fetch(`${url('big closet')}/setup.xml`)).status).toBe(200)
  await new Promise(resolve => squatter.close(resolve))
  pauses[0]!()
  await expect.poll(() => switches.troubles()).toEqual([])
  expect((await fetch(`${url('plex')}/setup.xml`)).status).toBe(200)
})

describe('a switch that can not be', () => {
  test.each([
    ['name', () => wemo('<b>', { on: plexOn, off: plexOff })],
    ['on', () => wemo('plex', { on: 'x' as never, off: plexOff })],
    ['state', () => wemo('plex', { on: plexOn, off: plexOff, state: 5 as never })],
    ['port', () => wemo('plex', { on: plexOn, off: plexOff, port: 80 })],
    ['of', () => wemo('plex', { on: plexOn, off: plexOff, of: plexOff } as never)],
  ])('says that it is its %s', (field, declare) => {
    expect(declare).toThrow(
      expect.objectContaining({ name: 'InvalidWemo', detail: { wemo: expect.any(String), field } }),
    )
  })
})
