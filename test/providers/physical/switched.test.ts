import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HostTrouble } from '../../../src/core/ports.ts'
import { machineSchema } from '../../../src/core/systems/nodes.ts'
import { openPhysical } from '../../../src/providers/physical/index.ts'
import { type Call, type FakeHosts, fakeHosts } from '../../fakes/hosts.ts'
import { openRedfishServer, type RedfishServer } from '../../fakes/redfish.ts'
import { testJob } from '../../support/job.ts'
import { needs } from '../../support/needs.ts'
import { quickPace, systemOf } from './systems.ts'
import { troubleOf } from './trouble-of.ts'

const silence = new HostTrouble('unreachable', 'nas did not answer in time', {
  detail: { stage: 'connection' },
})
const [locked, broken] = [
  new HostTrouble('auth', 'nas refuses our key'),
  new HostTrouble('unknown', 'the connection was lost'),
]
const nas = systemOf('nas')

/** What a call is for, by the script that is sent. */
function purposeOf({ command }: Extract<Call, { does: 'exec' }>): 'look' | 'start of it' | 'off' | 'again' {
  const words = [...command]
  if (words[0] === 'true') return 'look'
  return words.at(-1) === 'off' ? 'off' : words.at(-1) === 'again' ? 'again' : 'start of it'
}

describe('a machine with a power switch', needs('openssl'), () => {
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
  const resets = () => server.requests.filter(one => one.startsWith('POST')).map(one => one.split(' ').at(-1))
  const open = (hosts: FakeHosts) => {
    const { url, user, fingerprint } = server
    const power = { kind: 'redfish', url, user, fingerprint, password: { env: 'BMC' } }
    const machines = { nas: machineSchema.parse({ mac: '52:54:00:12:34:56', power }) }
    return openPhysical(machines, { hosts, secrets: async () => server.password, pace: quickPace })
  }
  /** A host whose every call ends in this way. */
  const all = (answer: HostTrouble) => fakeHosts(() => answer)
  /** A host that takes it to be shut down. `goes` is whether its power goes off then. */
  const obedient = (goes: boolean) =>
    fakeHosts(call => {
      if (call.does === 'exec' && purposeOf(call) === 'off' && goes) server.play.power = 'Off'
      return { stdout: 'Welcome!\nreops-asked systemctl poweroff\n' }
    })
  const graceful = { graceMs: 5_000, force: false }
  const forced = { graceMs: 0, force: true }

  test('is started by it', async () => {
    server.play.power = 'Off'
    await open(all(silence)).start(nas, testJob())
    expect(resets()).toEqual(['On'])
  })

  test('is not started again when its power is on', async () => {
    await open(all(silence)).start(nas, testJob())
    expect(resets()).toEqual([])
  })

  test('is stopped once its power is off, whatever SSH says', async () => {
    const job = testJob()
    await open(obedient(true)).stop(nas, graceful, job)
    expect(job.stages).toContain('it took systemctl poweroff')
    expect(resets()).toEqual([])
  })

  test('that breaks the connection when it is shut down is going, which is what it should', async () => {
    server.play.power = 'Off'
    await open(all(broken)).stop(nas, graceful, testJob())
    expect(resets()).toEqual([])
  })

  test('is cut off after the grace only when that is wanted', async () => {
    const { code, message } = await troubleOf(
      open(obedient(false)).stop(nas, { graceMs: 0, force: false }, testJob()),
    )
    expect([code, resets()]).toEqual(['timeout', []])
    expect(message).toContain('says that its power is on')
    const job = testJob()
    await open(obedient(false)).stop(nas, forced, job)
    expect(resets()).toEqual(['ForceOff'])
    expect(job.warnings).toEqual([expect.stringContaining('it is cut off')])
  })

  test('that stays on when it is cut off is not taken for stopped', async () => {
    server.play.deaf = true
    const { code, message } = await troubleOf(open(obedient(false)).stop(nas, forced, testJob()))
    expect(code).toBe('timeout')
    expect(message).toContain('still is not off')
  })

  test('has its button pressed where SSH does not let us in', async () => {
    const job = testJob()
    await open(all(locked)).stop(nas, graceful, job)
    expect(resets()).toEqual(['GracefulShutdown'])
    expect(job.warnings).toEqual([expect.stringContaining('its power button is pressed instead')])
  })

  test('that is off already is found stopped', async () => {
    server.play.power = 'Off'
    await open(all(silence)).stop(nas, forced, testJob())
    expect(resets()).toEqual([])
  })

  test('whose switch can not be asked is gone when it is silent', async () => {
    server.play.instead = (_, response) => response.writeHead(500).end()
    let asked = false
    const hosts = fakeHosts(call => {
      if (asked) return silence
      asked = call.does === 'exec' && purposeOf(call) === 'off'
      return {}
    })
    const job = testJob()
    await open(hosts).stop(nas, graceful, job)
    expect(job.warnings).toEqual([expect.stringContaining('so silence counts')])
  })

  test('stands as its switch says when it does not answer', async () => {
    const status = () => open(all(silence)).status(nas, testJob())
    expect(await status()).toMatchObject({
      state: 'running',
      detail: expect.stringContaining('its power is on by Redfish'),
    })
    server.play.power = 'Off'
    expect(await status()).toMatchObject({ state: 'stopped' })
    server.play.power = 'PoweringOn'
    expect(await status()).toMatchObject({ state: 'unknown' })
    server.play.instead = (_, response) => response.writeHead(500).end()
    expect(await status()).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('answers 500'),
    })
  })

  describe('is restarted', () => {
    /** A host that starts anew when its power is reset, or when it is asked to and `listens`. */
    const host = (listens: boolean, lets = true) => {
      let boots = 1
      return fakeHosts(call => {
        if (call.does !== 'exec') return {}
        if (!lets && resets().length === 0) return locked
        if (purposeOf(call) === 'again' && listens) boots++
        return { stdout: `reops-boot ${boots + resets().length}\n` }
      })
    }

    test('over SSH, and is back when it says that it is another start', async () => {
      await open(host(true)).restart(nas, graceful, testJob())
      expect(resets()).toEqual([])
    })

    test('by its switch when it goes on as before and that is wanted', async () => {
      const { code } = await troubleOf(
        open(host(false)).restart(nas, { graceMs: 0, force: false }, testJob()),
      )
      expect([code, resets()]).toEqual(['timeout', []])
      await open(host(false)).restart(nas, forced, testJob())
      expect(resets()).toEqual(['ForceRestart'])
    })

    test('by its switch when SSH does not let us in and that is wanted', async () => {
      expect((await troubleOf(open(host(true, false)).restart(nas, graceful, testJob()))).code).toBe('auth')
      await open(host(true, false)).restart(nas, forced, testJob())
      expect(resets()).toEqual(['ForceRestart'])
    })

    test('by being started when its power is off', async () => {
      server.play.power = 'Off'
      await open(host(true, false)).restart(nas, graceful, testJob())
      expect(resets()).toEqual(['On'])
    })

    test('and is waited for no longer than there is time', async () => {
      let asked = false
      const hosts = fakeHosts(call => {
        if (asked) return silence
        asked = call.does === 'exec' && purposeOf(call) === 'again'
        return { stdout: 'reops-boot 1\n' }
      })
      const { code, message } = await troubleOf(
        open(hosts).restart(nas, graceful, testJob({ withinMs: 500 })),
      )
      expect(code).toBe('timeout')
      expect(message).toContain('is not back in time. The last that was heard of it: nas did not answer')
    })
  })

  test('is left where it is when the operation is cancelled', async () => {
    const job = testJob({ onStage: stage => stage.startsWith('waiting') && job.cancel() })
    expect((await troubleOf(open(obedient(false)).stop(nas, forced, job))).code).toBe('cancelled')
    expect(resets()).toEqual([])
  })
})

describe('a machine without a power switch', () => {
  const open = (hosts: FakeHosts, machine: object = {}) =>
    openPhysical({ nas: machineSchema.parse(machine) }, { hosts, secrets: async () => '', pace: quickPace })

  test('is gone only after several silences in a row', async () => {
    const answers = [{}, silence, silence, {}, silence, silence, silence]
    const hosts = fakeHosts(() => answers.shift() ?? {})
    await open(hosts).stop(nas, { graceMs: 5_000, force: false }, testJob())
    expect(answers).toEqual([])
  })

  test('is stopped after it was seen to go, until it answers again', async () => {
    let answer: HostTrouble | undefined
    const hosts = fakeHosts(call => {
      const given = answer ?? {}
      if (call.does === 'exec' && purposeOf(call) === 'off') answer = silence
      return given
    })
    const provider = open(hosts)
    const state = async (system = nas) => (await provider.status(system, testJob())).state
    await provider.stop(nas, { graceMs: 5_000, force: false }, testJob())
    expect(await state()).toBe('stopped')
    answer = undefined
    expect(await state()).toBe('running')
    answer = silence
    expect(await state()).toBe('unknown')
    // Another process saw it go, and the store kept that.
    expect(await state({ ...nas, state: 'stopped' })).toBe('stopped')
    answer = broken
    expect(await state({ ...nas, state: 'stopped' })).toBe('unknown')
  })

  test('that refuses connections is still there: something refuses them', async () => {
    let asked = false
    const refusing = new HostTrouble('unreachable', 'nas refuses connections', {
      detail: { stage: 'connection', errno: 'ECONNREFUSED' },
    })
    const hosts = fakeHosts(() => {
      const answer = asked ? refusing : {}
      asked = true
      return answer
    })
    const { code } = await troubleOf(open(hosts).stop(nas, { graceMs: 600, force: false }, testJob()))
    expect(code).toBe('timeout')
  })

  test('and without a network card that is woken can not be started', async () => {
    const { code, message } = await troubleOf(open(fakeHosts(() => silence)).start(nas, testJob()))
    expect(code).toBe('refused')
    expect(message).toContain('give it mac (Wake-on-LAN) or power')
  })

  test('can not be reset', async () => {
    const { message } = await troubleOf(
      open(fakeHosts(() => locked)).restart(nas, { graceMs: 0, force: true }, testJob()),
    )
    expect(message).toContain("can't be reset")
  })
})
