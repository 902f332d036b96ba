import path from 'node:path'
import { SFNClient } from '@aws-sdk/client-sfn'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { compile } from '../../src/compile/compile.ts'
import { sdkConfig } from '../../src/core/aws.ts'
import { configSchema } from '../../src/core/config.ts'
import { utteranceMs, utterancePrefix } from '../../src/core/utterance.ts'
import { isWemo } from '../../src/core/wemo.ts'
import { systemClock } from '../../src/executor/index.ts'
import { openWemoCloud, type WemoCloud } from '../../src/run/daemon/wemo-cloud.ts'
import { flowsIn } from '../../src/run/flows-in.ts'
import { fakeAlexa } from '../fakes/alexa.ts'
import { type StatesFake, statesService } from '../fakes/aws/states.ts'
import { type Aws, awsEnvironment, startAws, WireError } from '../fakes/aws/wire.ts'
import { hurrySdk } from '../support/hurry-sdk.ts'
import { type Bundles, openBundles } from '../support/lambda/bundles.ts'
import type { RunningFunction } from '../support/lambda/function.ts'
import { type WemoDevice, wemoClient } from '../triggers/wemo/client.ts'
import { openScene, type Scene } from '../triggers/wemo/scene.ts'
import * as exported from './once/flows.ts'
import { openSkill, skillId } from './skill.ts'

const flows = flowsIn(exported)
const wemos = Object.values(exported).filter(isWemo)

let bundles: Bundles
let states: StatesFake
let aws: Aws
let skill: RunningFunction
let scene: Scene
let cloud: WemoCloud
const opened: WemoDevice[] = []

beforeAll(async () => {
  await hurrySdk(new SFNClient(sdkConfig({ region: 'eu-central-1' })))
  for (const [name, value] of Object.entries(awsEnvironment)) vi.stubEnv(name, value)
  const machines = Object.fromEntries(
    [...flows].map(([name, flow]) => [`re-ops-${name}`, compile(flow, name).machine]),
  )
  states = statesService({ machines, open: () => async () => ({ Payload: null }) })
  aws = await startAws(states)
  bundles = await openBundles(path.join(import.meta.dirname, 'once/flows.ts'))
  skill = await openSkill(bundles, aws, states)
}, 30_000)
afterAll(async () => {
  await skill?.end()
  await states?.stop()
  await aws?.end()
  await bundles?.remove()
  vi.unstubAllEnvs()
})

beforeEach(async () => {
  aws.calm()
  await openSwitches()
})
afterEach(async () => {
  for (const one of opened.splice(0)) one.close()
  await scene.close()
  cloud.close()
})

async function openSwitches(endpoint = aws.endpoint): Promise<void> {
  const config = configSchema.parse({ aws: { account: '123456789012', region: 'eu-central-1', endpoint } })
  const clock = { ...systemClock, now: () => systemClock.now() + scene.ahead }
  cloud = openWemoCloud({ loaded: { config, folder: '.', file: undefined }, flows, clock })
  scene = await openScene(wemos, { cloud })
}

/** A switch, and the skill, of one name; the skill is told at a moment, in whole seconds as Alexa tells it. */
async function hearers(name: string) {
  const device = await wemoClient(scene.url(name))
  opened.push(device)
  const told = async (state: 'on' | 'off', at = Date.now()) => {
    const alexa = fakeAlexa({
      skillId,
      invoke: async (event: any) => {
        event.request.timestamp = new Date(at).toISOString().replace(/\.\d+/, '')
        return (await skill.invoke(event)).payload
      },
    })
    const intent = `${name} ${state}`.replaceAll(/(?:^| )(.)/g, (_, first: string) => first.toUpperCase())
    return (await alexa.say(intent)).speech
  }
  return {
    device,
    told,
    /** What was started by its words, without when. */
    started: () =>
      [...states.executions.keys()].flatMap(one =>
        (['on', 'off'] as const).filter(state => one.startsWith(utterancePrefix(name, state))),
      ),
    counts: () => scene.switches.status().devices.find(one => one.name === name),
  }
}

/** The nearest edge between two windows, and the switch's clock put a moment from it. */
function nearEdge(ms: number): number {
  const edge = Math.round(Date.now() / utteranceMs) * utteranceMs
  scene.ahead = edge + ms - Date.now()
  return edge
}

describe('words that the skill and a switch both hear', () => {
  test('start what they mean once when the skill is first', async () => {
    const { device, told, started, counts } = await hearers('plex')
    expect(await device.get()).toBe('0')
    expect(await told('on')).toBe('plex is on')
    await device.set(1)
    expect(started()).toEqual(['on'])
    expect(counts()).toMatchObject({ started: 0, repeated: 1 })
    expect(await device.get()).toBe('1')
  })

  test('start it once when the switch is first, and the skill answers as if it had', async () => {
    const { device, told, started } = await hearers('radio')
    await device.set(1)
    expect(await told('on')).toBe('radio is on')
    expect(started()).toEqual(['on'])
  })

  test('start it once when both hear them at once', async () => {
    const { device, told, started } = await hearers('fan')
    await Promise.all([told('on'), device.set(1), device.set(1), told('on')])
    expect(started()).toEqual(['on'])
    await Promise.all([device.set(0), told('off')])
    expect(started()).toEqual(['on', 'off'])
  })

  test('start it once at the edge of the time that one utterance has, whoever is first', async () => {
    const heater = await hearers('heater')
    const edge = nearEdge(2_000)
    await heater.told('on', edge - 1_000)
    await heater.device.set(1)
    expect(heater.started()).toEqual(['on'])
    const printer = await hearers('printer')
    await printer.device.set(1)
    await printer.told('on', edge - 1_000)
    expect(printer.started()).toEqual(['on'])
  })

  test('start it once when both hear them at once, on either side of the edge', async () => {
    const { device, told, started } = await hearers('lamp')
    const edge = nearEdge(50)
    await Promise.all([device.set(1), told('on', edge - 1_000)])
    expect(started()).toEqual(['on'])
  })

  test('are three where they are undone in between, by whichever', async () => {
    const pump = await hearers('pump')
    await pump.told('off')
    await pump.device.set(1)
    expect(await pump.told('off')).toBe('pump is off')
    expect(pump.started()).toEqual(['off', 'on', 'off'])
    const tv = await hearers('big tv')
    await tv.device.set(0)
    await tv.told('on')
    // An Echo that sends a word again does so at once.
    scene.ahead = 1_100
    await tv.device.set(0)
    expect(tv.started()).toEqual(['off', 'on', 'off'])
    await tv.told('off')
    expect(tv.started()).toHaveLength(3)
  })
})

describe('when AWS is not itself, a switch', () => {
  test('starts once what it did not hear the answer of', async () => {
    const { device, told, started, counts } = await hearers('router')
    aws.next('states StartExecution', 'do it, then hang up')
    await device.set(1)
    await told('on')
    aws.next('states StartExecution', 'do it, then hang up', 'hang up', 'hang up')
    await expect(device.set(0)).rejects.toThrow()
    expect(counts()).toMatchObject({ failed: 1 })
    await device.set(0)
    expect(started()).toEqual(['on', 'off'])
  })

  test('tries again while it is throttled, and tells of it when that does not end', async () => {
    const { device, started, counts } = await hearers('oven')
    aws.next('states StartExecution', 'throttle')
    await device.set(1)
    expect(started()).toEqual(['on'])
    aws.next('states StartExecution', 'throttle', 'throttle', 'throttle')
    await expect(device.set(0)).rejects.toThrow('501')
    expect(started()).toEqual(['on'])
    expect(counts()).toMatchObject({ started: 1, failed: 1 })
    expect(scene.notices).toEqual([
      expect.stringMatching(/^wemo oven: off could not be started: AWS was too/),
    ])
    expect(scene.started).toEqual([])
  })

  test('starts nothing here when it is away, not deployed or not allowed, and goes on when it is back', async () => {
    await scene.close()
    cloud.close()
    await openSwitches('http://127.0.0.1:9')
    const away = await hearers('server')
    await expect(away.device.set(1)).rejects.toThrow('501')
    expect(await away.device.get()).toBe('0')
    await scene.close()
    cloud.close()
    await openSwitches()
    const { device, told, started } = await hearers('server')
    aws.next('states StartExecution', new WireError('StateMachineDoesNotExist', ''))
    await expect(device.set(1)).rejects.toThrow('501')
    aws.next('states StartExecution', new WireError('AccessDeniedException', 'not you'))
    await expect(device.set(1)).rejects.toThrow('501')
    expect(scene.notices).toEqual([
      expect.stringContaining('the flow turnOn is not deployed'),
      expect.stringContaining('may not do states:StartExecution'),
    ])
    await told('on')
    await scene.close()
    cloud.close()
    // A daemon that was started anew knows what the skill has done.
    await openSwitches()
    const again = await hearers('server')
    expect(await again.device.get()).toBe('1')
    expect(started()).toEqual(['on'])
    expect(scene.started).toEqual([])
  })
})
