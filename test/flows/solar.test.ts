import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as flows from '../../flows/index.ts'
import { needs } from '../support/needs.ts'
import { openHouse, recordingHosts } from './house.ts'

const { solarPower, sunny } = flows

describe('miners', { ...needs('mosquitto', 'sshd'), timeout: 60_000 }, () => {
  let hosts: Awaited<ReturnType<typeof recordingHosts>>
  beforeAll(async () => {
    hosts = await recordingHosts(['miner-1', 'miner-2'])
  })
  afterAll(() => hosts.close())

  test('mine while the sun gives more than 10 kW, and no cloud stops them', async () => {
    const { lab, record } = hosts
    const house = await openHouse({ flows, watches: [sunny], sensors: [solarPower], lab })
    try {
      await house.says(solarPower, 9_999)
      for (const watts of [10_500, 11_000, 12_000, 12_500]) {
        await house.says(solarPower, watts)
        house.pass(4)
      }
      await house.says(solarPower, 12_600)
      expect((await house.outcome(1)).failure).toEqual([])
      expect((await record()).sort()).toEqual(['miner-1 xmrig', 'miner-2 xmrig'])
      for (const watts of [9_000, 8_500, 9_500, 11_000]) {
        house.pass(4)
        await house.says(solarPower, watts)
      }
      expect(house.executions()).toHaveLength(1)
      await house.says(solarPower, 7_000)
      expect((await house.outcome(2)).failure).toEqual([])
      expect((await record()).slice(2).sort()).toEqual(['miner-1 pkill', 'miner-2 pkill'])
    } finally {
      await house.close()
    }
  })
})
