import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import * as flows from '../../flows/index.ts'
import { fakeProvider } from '../fakes/provider.ts'
import { needs } from '../support/needs.ts'
import { machine, openHouse, reachedAt, recordingHosts, soon } from './house.ts'

const { closetTemperature, tooHot } = flows

describe('a closet that is too hot', { ...needs('mosquitto', 'sshd'), timeout: 60_000 }, () => {
  let hosts: Awaited<ReturnType<typeof recordingHosts>>
  beforeAll(async () => {
    hosts = await recordingHosts(['iron-1', 'iron-2', 'guest'])
  })
  afterAll(() => hosts.close())

  test('is shut down by messages, guests before hosts, and is up again once it is cool', async () => {
    const { lab, record } = hosts
    const kvm = fakeProvider({ name: 'kvm' })
    const lxd = fakeProvider({ name: 'lxd' })
    const physical = fakeProvider({ name: 'physical' })
    machine(kvm, 'redis')
    machine(lxd, 'web')
    const before: string[][] = []
    for (const provider of [kvm, lxd])
      provider.disturb('stop', async () => {
        before.push(await record())
        return undefined
      })
    const house = await openHouse({
      flows,
      watches: [tooHot],
      sensors: [closetTemperature],
      lab,
      providers: [reachedAt(lab.host('guest'), kvm), reachedAt(lab.host('guest'), lxd), physical],
    })
    try {
      await house.says(closetTemperature, 71)
      house.pass(0.9)
      await house.says(closetTemperature, 69)
      house.pass(0.9)
      await house.says(closetTemperature, 72)
      expect(house.executions()).toEqual([])
      house.pass(1)
      await house.says(closetTemperature, 73)
      // They go, as real ones do once they have said that they will.
      await vi.waitFor(async () => expect(await record()).toHaveLength(2), soon)
      await Promise.all(['iron-1', 'iron-2'].map(name => lab.host(name).kill()))
      const out = await house.outcome(1)
      expect(out.failure).toEqual([])
      expect(out.successful.map(({ host, value }) => [host, (value as { is: string }).is])).toEqual([
        ['redis', 'stopped'],
        ['web', 'stopped'],
        ['iron-1', 'stopped'],
        ['iron-2', 'stopped'],
      ])
      expect(before).toEqual([[], []])
      expect((await record()).sort()).toEqual(['iron-1 poweroff', 'iron-2 poweroff'])
      expect(house.executions()[0]).toMatch(/^too-hot-/)

      // Between the two limits nothing is done, and within the cool-down neither.
      house.pass(4)
      await house.says(closetTemperature, 60)
      house.pass(4)
      await house.says(closetTemperature, 50)
      expect(house.executions()).toHaveLength(1)
      for (let minutes = 0; minutes < 30; minutes += 4) {
        house.pass(4)
        await house.says(closetTemperature, 50 - minutes / 10)
      }
      const up = await house.outcome(2)
      expect(up.failure).toEqual([])
      expect(up.successful.map(({ host, value }) => [host, (value as { is: string }).is])).toEqual([
        ['web', 'running'],
        ['redis', 'running'],
      ])
      expect(up.left.map(({ host }) => host)).toEqual(['iron-1', 'iron-2'])
      expect([kvm.calls, lxd.calls]).toEqual([
        expect.arrayContaining(['start redis']),
        expect.arrayContaining(['start web']),
      ])
    } finally {
      await house.close()
    }
  })
})
