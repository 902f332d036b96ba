import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openPower } from '../../../../src/providers/physical/power/index.ts'
import { openRedfishServer, type RedfishServer } from '../../../fakes/redfish.ts'
import { freePort } from '../../../lab/servers.ts'
import { needs } from '../../../support/needs.ts'
import { troubleOf } from '../trouble-of.ts'

const bounds = { signal: new AbortController().signal, timeout: 5_000 }
const system = '/redfish/v1/Systems/1'
const reset = `POST ${system}/Actions/ComputerSystem.Reset`

describe('a power switch that speaks Redfish', needs('openssl'), () => {
  let server: RedfishServer
  let usual: RedfishServer['play']
  beforeAll(async () => {
    server = await openRedfishServer()
    usual = { ...server.play }
  })
  afterAll(() => server?.stop())
  beforeEach(() => {
    Object.assign(server.play, usual)
    server.requests.length = 0
  })
  const open = (
    change: { url?: string; fingerprint?: string | undefined; system?: string; password?: string } = {},
  ) => {
    const { password = server.password, ...more } = change
    const { url, user, fingerprint } = server
    return openPower(
      'nas',
      { kind: 'redfish', url, user, fingerprint, password: { env: 'BMC_PASSWORD' }, ...more },
      async () => `${password}\n`,
    )
  }

  test('says how the power is', async () => {
    expect(await open().state(bounds)).toBe('on')
    server.play.power = 'Off'
    expect(await open().state(bounds)).toBe('off')
    server.play.power = 'PoweringOff'
    expect(await open().state(bounds)).toBe('unknown')
  })

  test('switches by the words that the computer has for it', async () => {
    server.play.power = 'Off'
    await open().on(bounds)
    expect(server.play.power).toBe('On')
    await open().off(bounds)
    expect(server.play.power).toBe('Off')
    server.play.allowed = ['PushPowerButton', 'PowerCycle']
    await open().soft(bounds)
    await open().reset(bounds)
    expect(server.requests.filter(one => one.startsWith('POST'))).toEqual(
      ['On', 'ForceOff', 'PushPowerButton', 'PowerCycle'].map(word => `${reset} ${word}`),
    )
  })

  test('finds the words in the action info where newer services have them', async () => {
    server.play.allowedBy = 'action info'
    server.play.allowed = ['ForceOn']
    await open().on(bounds)
    expect(server.requests).toContain(`GET ${system}/ResetActionInfo`)
    expect(server.requests.at(-1)).toBe(`${reset} ForceOn`)
  })

  test('says which words a computer takes when ours are not among them', async () => {
    server.play.allowed = ['Nmi']
    const { code, message } = await troubleOf(open().off(bounds))
    expect(code).toBe('refused')
    expect(message).toContain('takes none of ForceOff; it takes Nmi')
  })

  test('repeats what the service says of a refusal', async () => {
    server.play.allowedBy = 'nobody'
    server.play.allowed = ['On']
    const { code, message } = await troubleOf(open().off(bounds))
    expect(code).toBe('refused')
    expect(message).toContain('The value ForceOff for the parameter ResetType is not in the list')
  })

  test('goes straight to the computer that is configured', async () => {
    await open({ system }).state(bounds)
    expect(server.requests).toEqual([`GET ${system}`])
  })

  test('asks which computer is meant where there are several', async () => {
    server.play.computers = 2
    const { message } = await troubleOf(open().state(bounds))
    expect(message).toContain(`has 2 computers (${system}, /redfish/v1/Systems/2)`)
  })

  test('opens a session where the service wants one, and closes it', async () => {
    server.play.basic = false
    expect(await open().state(bounds)).toBe('on')
    expect(server.requests.at(-1)).toMatch(/^DELETE .*\/Sessions\/token-/)
    expect(server.sessions.size).toBe(0)
  })

  test('says that user or password are wrong', async () => {
    const { code, message } = await troubleOf(open({ password: 'wrong' }).state(bounds))
    expect(code).toBe('auth')
    expect(message).toContain('Wrong password. Check user and password')
    expect(message).not.toContain('wrong\n')
  })

  describe('sends nothing', () => {
    test('to a service with another certificate than the pinned one', async () => {
      const { code, message } = await troubleOf(open({ fingerprint: 'a'.repeat(64) }).state(bounds))
      expect(code).toBe('host-key')
      expect(message).toContain(server.fingerprint)
      expect(server.requests).toEqual([])
    })

    test('to a service whose certificate nobody vouches for, and says what to pin', async () => {
      const { code, message } = await troubleOf(open({ fingerprint: undefined }).state(bounds))
      expect(code).toBe('host-key')
      expect(message).toContain(`fingerprint is ${server.fingerprint}`)
      expect(server.requests).toEqual([])
    })
  })

  test('is not sent a password in the clear', async () => {
    const { code, message } = await troubleOf(open({ url: 'http://192.0.2.1' }).state(bounds))
    expect(code).toBe('refused')
    expect(message).toContain('with https')
  })

  describe('is not taken in', () => {
    test.each([
      ['no JSON', 'exception', (_: unknown, response: Answering) => response.end('<html>')],
      [
        'links that lead to another server',
        'exception',
        (_: unknown, response: Answering) =>
          response.end(JSON.stringify({ Systems: { '@odata.id': '//evil.example/redfish/v1/Systems' } })),
      ],
      [
        'an answer without an end',
        'exception',
        (_: unknown, response: Answering) => {
          const more = () => {
            while (!response.destroyed && response.write('x'.repeat(65_536)));
          }
          response.on('drain', more)
          more()
        },
      ],
      ['a connection that breaks', 'unreachable', (_: unknown, response: Answering) => response.destroy()],
      [
        'a redirection',
        'refused',
        (_: unknown, response: Answering) =>
          response.writeHead(302, { location: 'https://evil.example/' }).end(),
      ],
      ['a service that is busy', 'busy', (_: unknown, response: Answering) => response.writeHead(503).end()],
    ] as const)('by %s', async (_, code, instead) => {
      server.play.instead = instead as RedfishServer['play']['instead']
      const trouble = await troubleOf(open().state(bounds))
      expect(trouble.code).toBe(code)
      expect(trouble.message.length).toBeLessThan(500)
    })

    test('by a service that never answers', async () => {
      server.play.instead = () => undefined
      expect((await troubleOf(open().state({ ...bounds, timeout: 200 }))).code).toBe('timeout')
    })
  })

  test('gives up when it is told to', async () => {
    const controller = new AbortController()
    server.play.instead = () => controller.abort()
    expect((await troubleOf(open().state({ ...bounds, signal: controller.signal }))).code).toBe('cancelled')
  })

  test('says that nobody is there', async () => {
    const trouble = await troubleOf(open({ url: `https://127.0.0.1:${await freePort()}` }).state(bounds))
    expect(trouble.code).toBe('unreachable')
  })
})

type Answering = import('node:http').ServerResponse
