import { flow, transform, voice, wemo } from 're-ops'
import * as z from 'zod'

const none = z.strictObject({})

export const turnOn = flow({ input: none, steps: transform(() => 'on') })
export const turnOff = flow({ input: none, steps: transform(() => 'off') })

/** A switch, and the same words for the skill. Each test has one of its own, as what was said a moment ago counts. */
const device = (name: string) =>
  [
    wemo(name, { on: turnOn, off: turnOff, runs: 'cloud' }),
    voice(`${name} on`, turnOn, { reply: `${name} is on` }),
    voice(`${name} off`, turnOff, { reply: `${name} is off` }),
  ] as const

export const [skillFirst, skillFirstOn, skillFirstOff] = device('plex')
export const [switchFirst, switchFirstOn, switchFirstOff] = device('radio')
export const [together, togetherOn, togetherOff] = device('fan')
export const [edgeSkill, edgeSkillOn, edgeSkillOff] = device('heater')
export const [edgeSwitch, edgeSwitchOn, edgeSwitchOff] = device('printer')
export const [edgeBoth, edgeBothOn, edgeBothOff] = device('lamp')
export const [thrice, thriceOn, thriceOff] = device('pump')
export const [thriceToo, thriceTooOn, thriceTooOff] = device('big tv')
export const [lost, lostOn, lostOff] = device('router')
export const [busy, busyOn, busyOff] = device('oven')
export const [restarted, restartedOn, restartedOff] = device('server')
